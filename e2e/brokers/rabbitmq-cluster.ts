import { startRabbitmqNodes, type RabbitmqServer } from '@anaquel/events/rabbitmq-server';
import { expect, vi } from 'vitest';
import { QUEUE, rabbitmqSettings } from './watched-brokers.ts';
import { watchQueue, type Arrivals } from './watched-queue.ts';

/** RabbitMQ on three nodes, each of which has the queue, and what can happen to them. */
export interface RabbitmqCluster {
  readonly settings: Readonly<Record<string, string>>;
  readonly arrivals: Arrivals;
  /** Waits until all three nodes do their part. */
  whole(): Promise<ClusterRoles>;
  /** Makes another node the leader of the queue. */
  moveLeader(from: RabbitmqServer): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterRoles {
  /** The leader of the queue, by whose copy the others go. */
  readonly leader: RabbitmqServer;
  /** The one to which Inventory is connected. */
  readonly entrance: RabbitmqServer;
}

const NODES = 3;
const PATIENCE = { timeout: 120_000, interval: 500 };
/** How Erlang names the queue's part on a node. */
const PART = `%2F_${QUEUE}`;

export async function startRabbitmqCluster(): Promise<RabbitmqCluster> {
  const { nodes, stop } = await startRabbitmqNodes(NODES);
  const urls = nodes.map(({ url }) => url);

  const nodeBy = (isMeant: (server: RabbitmqServer) => boolean): RabbitmqServer => {
    const found = nodes.find(isMeant);
    if (found === undefined) throw new Error('There is no such node');
    return found;
  };

  async function list<Row>(on: RabbitmqServer, ...args: readonly string[]): Promise<Row[]> {
    return JSON.parse(await on.control('--formatter', 'json', ...args));
  }

  async function rolesAsSeenBy(server: RabbitmqServer): Promise<ClusterRoles> {
    const queues = await list<QueueRow>(server, 'list_queues', 'name', 'leader', 'online');
    const queue = queues.find(({ name }) => name === QUEUE);
    expect(queue?.online).toHaveLength(NODES);
    // The addresses of both sides, the node's last.
    const connections = await list<{ name: string }>(server, 'list_connections', 'name');
    expect(connections).toHaveLength(1);
    const address = connections[0]?.name.split(' ').at(-1);
    return {
      leader: nodeBy(({ node }) => node === queue?.leader),
      entrance: nodeBy(({ url }) => new URL(url).host === address),
    };
  }

  /** @throws when a node is not there, or sees it otherwise. */
  async function roles(): Promise<ClusterRoles> {
    const [seen, ...others] = await Promise.all(nodes.map(rolesAsSeenBy));
    if (seen === undefined) throw new Error('There are no nodes');
    for (const other of others) expect(namesOf(other)).toEqual(namesOf(seen));
    return seen;
  }

  const whole = () => vi.waitFor(roles, PATIENCE);

  return {
    settings: rabbitmqSettings(urls),
    arrivals: watchQueue(urls, QUEUE),
    whole,
    async moveLeader(from) {
      const to = nodeBy((server) => server !== from);
      const part = ({ node }: RabbitmqServer) => `{'${PART}','${node}'}`;
      await from.control('eval', `ra:transfer_leadership(${part(from)}, ${part(to)}).`);
      await vi.waitFor(async () => {
        expect((await roles()).leader).not.toBe(from);
      }, PATIENCE);
    },
    stop,
  };
}

interface QueueRow {
  readonly name: string;
  /** The name of a node. */
  readonly leader: string;
  readonly online: readonly string[];
}

const namesOf = ({ leader, entrance }: ClusterRoles) => [leader.node, entrance.node];
