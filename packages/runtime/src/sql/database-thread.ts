import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** What a transaction or a list leaves is soon garbage: more room for it would be memory alone. */
const YOUNG_GENERATION_MB = 8;

/**
 * Starts a thread with a connection of its own.
 *
 * @param module finds the path of the database in `workerData.path`
 */
export function startDatabaseThread(module: URL, path: string): Worker {
  // V8 reads this flag whenever it makes a heap, and it would count for more than the limit below.
  // The main thread has its heap already, so it loses nothing.
  setFlagsFromString('--max-semi-space-size=0');
  return new Worker(module, {
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}
