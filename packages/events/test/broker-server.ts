import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { watchUntil } from '@anaquel/runtime/postgres-server';

/** A broker in a folder and on ports of its own. */
export interface BrokerServer {
  readonly url: string;
  /** Its process; another one after a restart. */
  readonly pid: () => number;
  /** Kills it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface BrokerProgram {
  readonly command: readonly [string, ...string[]];
  /** Where it runs and keeps its data. */
  readonly folder: string;
  /** Where it writes the id of its process. */
  readonly pidFile: string;
  /** All that it finds there. */
  readonly env: NodeJS.ProcessEnv;
  readonly url: string;
  /** Whether it lets a client in. */
  readonly answers: () => Promise<boolean>;
}

const START_MS = 240_000;
const POLL_MS = 20;

/** Starts a broker, which ends with this process, in whatever way that ends. */
export async function startBroker(program: BrokerProgram): Promise<BrokerServer> {
  const { command, folder, pidFile, url, answers } = program;
  const [name] = command;
  let watcher: ChildProcess;

  async function start(): Promise<void> {
    watcher = runUntilTheEnd(program);
    const deadline = performance.now() + START_MS;
    while (!(await answers())) {
      if (watcher.exitCode !== null) throw new Error(`${name} ended: see ${folder}`);
      if (performance.now() > deadline) throw new Error(`${name} did not start: see ${folder}`);
      await delay(POLL_MS);
    }
  }

  const pid = () => Number(readFileSync(pidFile, 'utf8'));

  async function kill(): Promise<void> {
    const ended = new Promise((resolve) => watcher.once('exit', resolve));
    watcher.ref();
    process.kill(pid(), 'SIGKILL');
    await ended;
  }

  await start();
  return {
    url,
    pid,
    kill,
    restart: start,
    async stop() {
      if (watcher.exitCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a program in a folder until this process ends; then the folder goes, too. */
export function runUntilTheEnd({
  command,
  folder,
  env,
}: Pick<BrokerProgram, 'command' | 'folder' | 'env'>): ChildProcess {
  const child = spawn('/bin/sh', ['-c', watchUntil('TERM'), ...command], {
    env,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  return child;
}
