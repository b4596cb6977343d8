import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { StartupError } from '@anaquel/runtime';
import type { ProcessName } from '../../services/manifest.ts';
import { projectFolder } from '../settings.ts';
import { secretMakers } from './make-secrets.ts';

/** On a busy machine, under emulation. */
const PATIENCE_SECONDS = 120;

/**
 * Starts a service as its image does and ends it when it is ready, so that Node keeps what it
 * compiled. V8 takes back only what it compiled with the same flags.
 */
export async function warmUp(name: ProcessName): Promise<void> {
  for (const [setting, make] of Object.entries(secretMakers)) process.env[setting] = make();
  process.env['LOG_LEVEL'] = 'warn';
  await import(pathToFileURL(join(projectFolder, 'dist', name, 'main.js')).href);
  const url = `http://127.0.0.1:${process.env['PORT']}/health/ready`;
  for (let second = 0; second < PATIENCE_SECONDS; second += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) {
      process.kill(process.pid, 'SIGTERM');
      return;
    }
    await delay(1_000);
  }
  throw new StartupError(`${name} was not ready within ${PATIENCE_SECONDS} s.`);
}
