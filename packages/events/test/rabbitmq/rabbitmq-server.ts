import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@anaquel/runtime/postgres-server';
import { connect } from 'amqplib';
import { runUntilTheEnd, startBroker, type BrokerServer } from '../broker-server.ts';

/** Debian's own commands on PATH ask for the user of its service, and these don't. */
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CONTROL = join(dirname(PROGRAM), 'rabbitmqctl');

/** Whether the program is installed. */
export const hasRabbitmq = existsSync(PROGRAM);
if (!hasRabbitmq) {
  console.warn(
    `There is no ${PROGRAM}, so the tests on RabbitMQ are SKIPPED. On Debian: apt-get install rabbitmq-server`,
  );
}

export interface RabbitmqServer extends BrokerServer {
  /** Its name among the nodes of its broker. */
  readonly node: string;
  /** Runs rabbitmqctl, and gives what it says. */
  control(...args: readonly string[]): Promise<string>;
}

/** Starts a broker of one node, which ends with this process. */
export async function startRabbitmqServer(): Promise<RabbitmqServer> {
  const { nodes, stop } = await startRabbitmqNodes(1);
  const [node] = nodes;
  if (node === undefined) throw new Error('There is no node');
  return { ...node, stop };
}

export interface RabbitmqNodes {
  readonly nodes: readonly RabbitmqServer[];
  stop(): Promise<void>;
}

/** Starts the nodes of one broker. */
export async function startRabbitmqNodes(count: number): Promise<RabbitmqNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-rabbitmq-'));
  const names = await freePort();
  const base = {
    PATH: process.env['PATH'],
    // Where the nodes keep the secret by which they know each other.
    HOME: folder,
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  const nameServer = runUntilTheEnd({
    command: ['epmd', '-port', String(names), '-address', '127.0.0.1'],
    folder,
    env: base,
  });
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const peers = ports.map((port) => `anaquel-${port}@localhost`);
  const nodes: RabbitmqServer[] = [];
  // The others join the first one.
  for (const port of ports) nodes.push(await startNode({ folder, base, port, peers }));
  return {
    nodes,
    async stop() {
      for (const node of nodes) await node.stop();
      rmSync(folder, { recursive: true, force: true });
      nameServer.stdin?.end();
    },
  };
}

interface NodeOptions {
  readonly folder: string;
  readonly base: NodeJS.ProcessEnv;
  readonly port: number;
  readonly peers: readonly string[];
}

async function startNode({ folder, base, port, peers }: NodeOptions): Promise<RabbitmqServer> {
  const home = join(folder, String(port));
  for (const place of [home, join(home, 'data'), join(home, 'log')]) mkdirSync(place);
  writeFileSync(join(home, 'plugins'), '[].\n');
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'cluster_formation.peer_discovery_backend = classic_config',
    'cluster_formation.randomized_startup_delay_range.max = 0',
    ...peers.map((peer, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${peer}`),
  ];
  writeFileSync(join(home, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
  const pidFile = join(home, 'pid');
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const node = `anaquel-${port}@localhost`;
  const server = await startBroker({
    command: [PROGRAM],
    folder: home,
    pidFile,
    env: {
      ...base,
      RABBITMQ_NODENAME: node,
      RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
      RABBITMQ_MNESIA_BASE: join(home, 'data'),
      RABBITMQ_LOG_BASE: join(home, 'log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
      RABBITMQ_PID_FILE: pidFile,
      RABBITMQ_DIST_PORT: String(await freePort()),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        '+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
      // Then the script becomes the server, whose id is so known.
      RUNNING_UNDER_SYSTEMD: 'true',
    },
    url,
    answers: () => answers(url),
  });
  return {
    ...server,
    node,
    async control(...args) {
      const env = { ...base, RABBITMQ_NODENAME: node };
      const { stdout } = await promisify(execFile)(CONTROL, ['--quiet', ...args], {
        env,
        cwd: home,
      });
      return stdout;
    },
  };
}

/** Whether it lets a client in. */
async function answers(url: string): Promise<boolean> {
  try {
    const model = await connect(url, { timeout: 10_000 });
    model.on('error', () => {});
    await model.close();
    return true;
  } catch {
    return false;
  }
}
