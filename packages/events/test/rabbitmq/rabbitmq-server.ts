import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import type { BrokerServer } from '../broker-server.ts';

export type { BrokerServer };
import { freePort, watchUntil } from '@anaquel/runtime/postgres-server';

/** Debian's own command on PATH asks for the user of its service, and this one doesn't. */
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Whether the program is installed. */
export const hasRabbitmq = existsSync(PROGRAM);
if (!hasRabbitmq) {
  console.warn(
    `There is no ${PROGRAM}, so the tests on RabbitMQ are SKIPPED. On Debian: apt-get install rabbitmq-server`,
  );
}

const START_MS = 120_000;
const POLL_MS = 50;

/** Starts a node, which ends with this process, in whatever way that ends. */
export async function startRabbitmqServer(): Promise<BrokerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-rabbitmq-'));
  for (const name of ['home', 'data', 'log']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'plugins'), '[].\n');
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${port}\n`);
  const pidFile = join(folder, 'pid');
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `anaquel-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: pidFile,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none',
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Then the script becomes the server, whose id is so known.
    RUNNING_UNDER_SYSTEMD: 'true',
  };

  /** Runs a program in the folder until this process ends. */
  function run(program: string, ...args: string[]): ChildProcess {
    const child = spawn('/bin/sh', ['-c', watchUntil('TERM'), program, ...args], {
      env: environment,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.unref();
    return child;
  }

  const nameServer = run('epmd', '-port', String(names), '-address', '127.0.0.1');
  let node: ChildProcess;

  async function start(): Promise<void> {
    node = run(PROGRAM);
    const deadline = performance.now() + START_MS;
    while (!(await answers(url))) {
      if (node.exitCode !== null) throw new Error(`RabbitMQ ended: see ${folder}`);
      if (performance.now() > deadline) throw new Error('RabbitMQ did not start');
      await delay(POLL_MS);
    }
  }

  const pid = () => Number(readFileSync(pidFile, 'utf8'));

  async function kill(): Promise<void> {
    const ended = new Promise((resolve) => node.once('exit', resolve));
    node.ref();
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
      if (node.exitCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
      nameServer.stdin?.end();
    },
  };
}

/** Whether it lets a client in. */
async function answers(url: string): Promise<boolean> {
  try {
    const model = await connect(url, { timeout: 1_000 });
    model.on('error', () => {});
    await model.close();
    return true;
  } catch {
    return false;
  }
}
