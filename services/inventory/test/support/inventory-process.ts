import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CloudEvent } from '@anaquel/events';
import type { Settings } from './shop.ts';

const PROJECT = join(import.meta.dirname, '../../../..');
/** The bundle starts in half of the time. Node counts what ran in the files that it runs. */
const MAIN = join(
  PROJECT,
  process.env['NODE_V8_COVERAGE'] === undefined
    ? 'dist/inventory/main.js'
    : 'services/inventory/src/main.ts',
);

/** A start takes half of the processor's time when the code is compiled already. */
const COMPILED = {
  NODE_COMPILE_CACHE: join(PROJECT, 'node_modules/.cache/compiled'),
  NODE_COMPILE_CACHE_PORTABLE: '1',
};

/** Where Node is to say which code the process ran, if coverage is measured. */
function coverageEnvironment(): Settings {
  const folder = process.env['NODE_V8_COVERAGE'];
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InventoryProcess {
  readonly pid: number;
  /** Its address, once it answers; rejects if it ends before. */
  readonly ready: Promise<string>;
  readonly ended: Promise<Ended>;
  /** The events that it has printed so far. */
  events(): CloudEvent[];
  /** Resolves once it has printed an event of this type about this subject. */
  published(type: string, subject: string): Promise<void>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>;
}

export interface ProcessOptions {
  /** The size limit of files in blocks, of 512 or 1,024 bytes depending on the machine's shell. */
  readonly maxFileBlocks?: number;
  /** A command that becomes the service, such as one that gives it a disk of its own. */
  readonly launcher?: readonly string[];
}

const running = new Set<ChildProcess>();

/** Call it after each test: no process may outlive its test. */
export async function endProcesses(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
        await once(child, 'exit');
    }),
  );
  running.clear();
}

/** Starts the service as a process of its own, with these settings and nothing else. */
export function startInventory(env: Settings, options: ProcessOptions = {}): InventoryProcess {
  const node = [...(options.launcher ?? []), process.execPath, MAIN];
  // Ignoring the signal turns the limit into a failed write, as a broken disk does.
  const limited = [
    'sh',
    '-c',
    `trap '' XFSZ; ulimit -f ${options.maxFileBlocks ?? 0}; exec "$0" "$@"`,
    ...node,
  ];
  const [command = '', ...args] = options.maxFileBlocks === undefined ? node : limited;
  const child = spawn(command, args, {
    env: { ...COMPILED, ...coverageEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const { stdout: out, stderr: err } = child;
  if (!out || !err) throw new Error('Its output is piped');
  const output = { stdout: '', stderr: '' };
  out.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  err.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = Promise.all([once(child, 'exit'), once(out, 'end'), once(err, 'end')]).then(() => {
    return { code: child.exitCode, ...output };
  });
  const ready = Promise.withResolvers<string>();
  ready.promise.catch(() => undefined);
  child.on('message', (message: { type: string; address?: string }) => {
    if (message.type === 'ready') ready.resolve(message.address ?? '');
  });
  void ended.then(({ stderr }) => ready.reject(new Error(`It ended: ${stderr}`)));
  const events = (): CloudEvent[] => {
    const whole = output.stdout.slice(0, output.stdout.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').filter((line) => line.startsWith('{"specversion"'));
    return lines.map((line) => JSON.parse(line) as CloudEvent);
  };
  return {
    pid: child.pid ?? 0,
    ready: ready.promise,
    ended,
    events,
    async published(type, subject) {
      const isThere = (): boolean =>
        events().some((event) => event.type === type && event.subject === subject);
      while (!isThere()) await once(out, 'data');
    },
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
