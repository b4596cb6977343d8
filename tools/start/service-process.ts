import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '@anaquel/runtime';
import { answers } from './health-watch.ts';
import { passLines } from './pass-lines.ts';

/** How one service is run. */
export interface ServiceProcess {
  /** As people know it: "Inventory". */
  name: string;
  /** Arguments of the Node that runs this process. */
  args: readonly string[];
  cwd: string;
  env: Record<string, string | undefined>;
  /** Answers 200 once the service can work. */
  readyUrl: string;
  /** Answers 200 as long as the service lives; null for one that is not asked. */
  liveUrl: string | null;
}

/** Where what the services print goes. */
export interface Outputs {
  stdout: Output;
  stderr: Output;
}

/** How a process ended. */
export interface End {
  /** As in "Inventory <how>": "was killed by SIGKILL". */
  how: string;
  /** It said itself that it can't start like this, so that trying again is of no use. */
  refused: boolean;
}

export interface RunningService {
  /** True once it answered that it is ready; false when it ended before. */
  ready: Promise<boolean>;
  ended: Promise<End>;
  /** Aborted when it has ended. */
  endSignal: AbortSignal;
  /** Ends it at once, with what it started. */
  kill(): void;
  /** Asks it to end, kills it after `withinMs`, and resolves when it is gone. */
  stop(withinMs: number): Promise<void>;
}

const READINESS_POLL_MS = 40;
const READINESS_TIMEOUT_MS = 2_000;
const LAST_WORDS_MS = 500;

/**
 * Starts a service as the leader of its own process group: Ctrl-C in a terminal reaches only this
 * process. The child holds an IPC channel, through which it notices when this process is gone.
 * One that isn't ready after `readyWithinMs` is killed.
 */
export function startService(
  service: ServiceProcess,
  outputs: Outputs,
  readyWithinMs: number,
): RunningService {
  const child = spawn(process.execPath, service.args, {
    cwd: service.cwd,
    env: service.env,
    detached: true,
    // On Windows it would have a window of its own.
    windowsHide: true,
    // Through this process, so that a service has a pipe that takes its lines, whatever becomes of
    // them.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const name of ['stdout', 'stderr'] as const) {
    const source = child[name];
    // What a service wrote as it was killed may break off.
    if (source) void passLines(source, outputs[name]).catch(() => {});
  }
  let refused = false;
  child.on('message', (message) => {
    refused ||= isRefusal(message);
  });
  const ending = new AbortController();

  const ended = new Promise<End>((resolve) => {
    child.once('error', (error) => {
      ending.abort();
      resolve({ how: `could not be run (${error.message})`, refused: false });
    });
    child.once('exit', async (code, signal) => {
      ending.abort();
      // Its last words may still be in the pipes.
      await once(child, 'close', { signal: AbortSignal.timeout(LAST_WORDS_MS) }).catch(() => {});
      resolve({
        how: signal ? `was killed by ${signal}` : `ended with exit code ${code}`,
        refused,
      });
    });
  });

  function kill(): void {
    // The whole group; there is none any more when the service has ended.
    if (child.pid === undefined || ending.signal.aborted) return;
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  }

  const ready = becomesReady(service.readyUrl, readyWithinMs, ending.signal).then((isReady) => {
    if (!isReady) kill();
    return isReady;
  });

  return {
    ready,
    ended,
    endSignal: ending.signal,
    kill,
    async stop(withinMs) {
      child.kill('SIGTERM');
      const tooLate = setTimeout(kill, withinMs);
      await ended;
      clearTimeout(tooLate);
    },
  };
}

async function becomesReady(
  url: string,
  withinMs: number,
  endSignal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!endSignal.aborted && performance.now() < deadline) {
    const signal = AbortSignal.any([endSignal, AbortSignal.timeout(READINESS_TIMEOUT_MS)]);
    if (await answers(url, signal)) return !endSignal.aborted;
    await delay(READINESS_POLL_MS);
  }
  return false;
}

function isRefusal(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'cannot-start'
  );
}
