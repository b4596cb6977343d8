import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** What a transaction or a list leaves is soon garbage: more room for it would be memory alone. */
const YOUNG_GENERATION_MB = 8;

/**
 * Starts a thread with a connection of its own.
 *
 * @param module begins with the path of the database as `workerData.path`
 */
export function startDatabaseThread(module: URL, path: string): Worker {
  // V8 reads this flag when it makes a heap. That of the main thread is there, and a flag would
  // count for more than the limit of the thread.
  setFlagsFromString('--max-semi-space-size=0');
  return new Worker(module, {
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}
