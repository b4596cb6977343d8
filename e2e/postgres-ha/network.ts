import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { processesIn, readLink } from './folder-processes.ts';

/** What of a machine speaks with that of others. */
export type Speaker = 'etcd' | 'patroni' | 'postgres';

/**
 * The network between machines, each a folder of this one. An address of a machine is a port here,
 * whose traffic is passed on to where the machine listens. So no firewall is needed, and nothing is
 * left behind. Clients use the ports of the machines themselves: they reach them always.
 */
export interface Network {
  /** A port by which other machines reach what listens on `port`. */
  open(machine: string, speaker: Speaker, port: number): Promise<number>;
  /** Nothing passes between these speakers of a machine and the others; no connection ends. */
  hold(machine: string, speakers: readonly Speaker[]): Promise<void>;
  /** What was held arrives. */
  release(machine: string, speakers: readonly Speaker[]): Promise<void>;
  /** Ends their connections; what is on its way is lost. */
  drop(machine: string, speakers: readonly Speaker[]): Promise<void>;
}

/** What the thread of a network is asked. */
export type NetworkRequest = { readonly id: number; readonly machine: string } & (
  | { readonly what: 'open'; readonly speaker: Speaker; readonly port: number }
  | { readonly what: 'hold' | 'release' | 'drop'; readonly speakers: readonly Speaker[] }
);

export interface NetworkAnswer {
  readonly id: number;
  readonly value: number | void;
}

/** One connection, in two halves that meet here. */
interface Wire {
  /** The machine that has connected; null for none of them, undefined until it matters. */
  from: string | null | undefined;
  readonly to: string;
  readonly speaker: Speaker;
  /** Where the machine listens. */
  readonly port: number;
  readonly client: Socket;
  /** Null until something could pass; what the client has sent by then waits. */
  server: Socket | null;
  readonly waiting: Buffer[];
}

/** How long connections that begin during an outage wait, so that many are looked at together. */
const LOOK_MS = 20;

/** `folder` has a folder for each machine, in which its processes run. */
export function createNetwork(folder: string, machines: readonly string[]): Network {
  const wires = new Set<Wire>();
  const held = new Set<string>();
  let look: NodeJS.Timeout | null = null;
  const nameOf = (machine: string | null | undefined, speaker: Speaker) =>
    `${speaker} of ${machine}`;
  const isHeld = ({ from, to, speaker }: Wire) =>
    from !== to && [from, to].some((machine) => held.has(nameOf(machine, speaker)));

  function accept(client: Socket, to: string, speaker: Speaker, port: number): void {
    const wire: Wire = { from: undefined, to, speaker, port, client, server: null, waiting: [] };
    wires.add(wire);
    client.on('error', () => {});
    client.on('data', (data) => {
      if (wire.server === null) wire.waiting.push(data);
      else if (!wire.server.write(data)) client.pause();
    });
    client.on('close', () => {
      if (wire.server === null) wires.delete(wire);
      else settle(wire);
    });
    if (held.size === 0) settle(wire);
    else
      look ??= setTimeout(() => {
        look = null;
        settleAll();
      }, LOOK_MS);
  }

  function connectOn(wire: Wire): Socket {
    const { client, port, waiting } = wire;
    const server = connect(port, '127.0.0.1');
    server.on('error', () => {});
    server.on('data', (data) => {
      if (!client.write(data)) server.pause();
    });
    server.on('close', () => settle(wire));
    const goOn = (half: Socket) => () => {
      if (!isHeld(wire)) half.resume();
    };
    client.on('drain', goOn(server));
    server.on('drain', goOn(client));
    for (const data of waiting.splice(0)) server.write(data);
    return server;
  }

  function settleAll(): void {
    identify();
    for (const wire of wires) settle(wire);
  }

  /** Finds out who has connected: only when it matters, since that takes a while. */
  function identify(): void {
    const unknown = [...wires].filter(({ from }) => from === undefined);
    if (unknown.length === 0) return;
    const owners = ownersOfSockets(folder, machines);
    for (const wire of unknown) wire.from = owners.get(socketOf(wire.client)) ?? null;
  }

  /** Lets a wire do what the network allows. */
  function settle(wire: Wire): void {
    const { client } = wire;
    if (isHeld(wire)) {
      // One that has reached nobody is read, so that its end is seen.
      if (wire.server === null) client.resume();
      else for (const half of [client, wire.server]) half.pause();
      return;
    }
    const server = (wire.server ??= connectOn(wire));
    const isOver = client.destroyed || server.destroyed;
    for (const half of [client, server]) {
      // What was written before is still sent.
      if (isOver) half.destroySoon();
      else half.resume();
    }
    if (isOver) wires.delete(wire);
  }

  return {
    async open(to, speaker, port) {
      const server = createServer({ pauseOnConnect: true }, (client) =>
        accept(client, to, speaker, port),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('No port is free');
      return address.port;
    },
    async hold(machine, speakers) {
      for (const speaker of speakers) held.add(nameOf(machine, speaker));
      settleAll();
    },
    async release(machine, speakers) {
      for (const speaker of speakers) held.delete(nameOf(machine, speaker));
      settleAll();
    },
    async drop(machine, speakers) {
      identify();
      for (const wire of wires) {
        const { from, to, speaker, client, server } = wire;
        if (![from, to].includes(machine) || !speakers.includes(speaker)) continue;
        wires.delete(wire);
        client.destroy();
        server?.destroy();
      }
    },
  };
}

const hex = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/** The ports of a connection to us, as `ownersOfSockets` has them. */
function socketOf({ remotePort = 0, localPort = 0 }: Socket): string {
  return `${hex(remotePort)} ${hex(localPort)}`;
}

/** The machine whose process holds a socket, by the socket's own port and that of its peer. */
function ownersOfSockets(folder: string, machines: readonly string[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const machine of machines)
    for (const pid of processesIn(join(folder, machine)))
      for (const file of openFiles(pid)) owners.set(readLink(`/proc/${pid}/fd/${file}`), machine);
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return new Map(
    sockets.flatMap((line) => {
      const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
      const owner = owners.get(`socket:[${inode}]`);
      return owner === undefined ? [] : [[`${local} ${remote}`, owner]];
    }),
  );
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
