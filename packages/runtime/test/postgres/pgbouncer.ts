import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answers, freePort, systemUser, watchUntil } from './postgres-server.ts';

/** A pgbouncer in transaction mode, in a folder and on a port of its own. */
export interface Pgbouncer {
  /** The address of a database by way of it. */
  via(url: string): string;
  stop(): Promise<void>;
}

/** Whether the program is installed. */
export const hasPgbouncer = spawnSync('pgbouncer', ['--version']).status === 0;
if (!hasPgbouncer) {
  console.warn(
    'There is no pgbouncer on PATH, so the tests through it are SKIPPED. On Debian: apt-get install pgbouncer',
  );
}

const START_MS = 30_000;
const POLL_MS = 20;

/**
 * Starts one in front of the server of `url`. It has fewer connections to the server than tests
 * make, so that consecutive transactions get different ones. `more` are settings of databases.
 */
export async function startPgbouncer(url: string, more = ''): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-pgbouncer-'));
  const user = systemUser();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const [port, server] = [await freePort(), new URL(url)];
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username} ${more}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
`,
  );
  const child = spawn('/bin/sh', ['-c', watchUntil('TERM'), 'pgbouncer', file], {
    ...user,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: folder,
  });
  child.unref();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const via = (direct: string) => {
    const address = new URL(direct);
    address.port = String(port);
    return address.href;
  };
  const deadline = performance.now() + START_MS;
  while (!(await answers(via(url)))) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error('pgbouncer did not start');
    await delay(POLL_MS);
  }
  return {
    via,
    async stop() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
