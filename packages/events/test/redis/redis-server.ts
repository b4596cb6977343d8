import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@anaquel/runtime/postgres-server';
import { Redis } from 'ioredis';
import { startBroker, type BrokerServer } from '../broker-server.ts';

export type { BrokerServer };

/** Whether the program is installed. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.warn(
    'There is no redis-server on PATH, so the tests on Redis are SKIPPED. On Debian: apt-get install redis-server',
  );
}

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
  return startBroker({
    command: ['redis-server', ...parameters],
    folder,
    pidFile,
    env: process.env,
    url,
    answers: () => answers(url),
  });
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
