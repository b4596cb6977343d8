import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, watchUntil } from '@anaquel/runtime/postgres-server';
import { Redis } from 'ioredis';
import type { BrokerServer } from '../broker-server.ts';

export type { BrokerServer };

/** Whether the program is installed. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.warn(
    'There is no redis-server on PATH, so the tests on Redis are SKIPPED. On Debian: apt-get install redis-server',
  );
}

const START_MS = 60_000;
const POLL_MS = 20;

/** Starts a Redis that syncs its file once a second, and ends with this process. */
export async function startRedisServer(): Promise<BrokerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-redis-'));
  const port = await freePort();
  const pidFile = join(folder, 'pid');
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    pidfile: pidFile,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess;

  async function start(): Promise<void> {
    server = spawn('/bin/sh', ['-c', watchUntil('TERM'), 'redis-server', ...parameters], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    server.unref();
    const deadline = performance.now() + START_MS;
    while (!(await answers(url))) {
      if (server.exitCode !== null || performance.now() > deadline)
        throw new Error('Redis did not start');
      await delay(POLL_MS);
    }
  }

  const pid = () => Number(readFileSync(pidFile, 'utf8'));

  async function kill(): Promise<void> {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.ref();
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
      if (server.exitCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It says no while it still reads its file. */
async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
