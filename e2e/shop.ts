import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { bundleOf, sourceOf } from '../tools/build-services.ts';
import { freePort } from '../tools/test/free-port.ts';
import { PROCESS_PATIENCE_MS } from './patience.ts';
import { aliveOf, familyOf } from './processes.ts';

type ProcessName = 'products' | 'inventory' | 'gateway';

/** A running `npm start`, seen from outside. */
export interface Shop {
  folder: string;
  npm: ChildProcess;
  ports: Record<ProcessName, number>;
  /** Everything it printed so far. */
  output(): string;
  /** Resolves when the output matches, and throws when `npm start` ends or its time is over. */
  says(pattern: RegExp): Promise<void>;
  ready(): Promise<void>;
  /** The exit code or the signal that ended npm. */
  exited: Promise<number | NodeJS.Signals | null>;
  /** The process id of a service; throws when it doesn't run. */
  pidOf(service: ProcessName): number;
  /** All processes of npm start, including npm. */
  pids(): number[];
  /** Signals npm's process group, as a terminal does on Ctrl-C. */
  pressCtrlC(): void;
}

/**
 * Runs `npm start` in a checkout, on free ports unless told otherwise, with nothing else from this
 * environment.
 */
export async function startShop(
  folder: string,
  options: { args?: string[]; env?: Record<string, string>; patienceMs?: number } = {},
): Promise<Shop> {
  const ports = {
    products: await freePort(),
    inventory: await freePort(),
    gateway: await freePort(),
  };
  const npm = spawn('npm', ['start', '--', ...(options.args ?? [])], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PRODUCTS_PORT: String(ports.products),
      INVENTORY_PORT: String(ports.inventory),
      GATEWAY_PORT: String(ports.gateway),
      ...options.env,
    },
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let hasExited = false;
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    npm.once('exit', (code, signal) => {
      hasExited = true;
      resolve(signal ?? code);
    });
  });

  async function says(pattern: RegExp): Promise<void> {
    const deadline = Date.now() + (options.patienceMs ?? PROCESS_PATIENCE_MS);
    while (!pattern.test(output)) {
      if (hasExited || Date.now() > deadline)
        throw new Error(`Never said ${pattern}, but:\n${output}`);
      await delay(20);
    }
  }

  const pids = (): number[] => familyOf(npm.pid ?? 0).map(({ pid }) => pid);
  return {
    folder,
    npm,
    ports,
    output: () => output,
    says,
    ready: () => says(/Ctrl-C stops everything/),
    exited,
    pids,
    pidOf(service) {
      const entry = familyOf(npm.pid ?? 0).find(({ command }) =>
        [bundleOf(service), sourceOf(service)].some((main) => command.includes(main)),
      );
      if (!entry) throw new Error(`${service} is not running:\n${output}`);
      return entry.pid;
    },
    pressCtrlC: () => process.kill(-(npm.pid ?? 0), 'SIGINT'),
  };
}

/** The members of `pids` and `ports` that are still in use after a while. */
export async function whatIsLeft(shop: Shop, pids: number[]): Promise<string[]> {
  const deadline = Date.now() + PROCESS_PATIENCE_MS;
  for (;;) {
    const leftovers = aliveOf(pids).map((pid) => `process ${pid}`);
    for (const port of Object.values(shop.ports))
      if (await isListening(port)) leftovers.push(`port ${port}`);
    if (leftovers.length === 0 || Date.now() > deadline) return leftovers;
    await delay(50);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
