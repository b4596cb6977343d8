import { Socket } from 'node:net';
import type { Client, Query } from 'pg';
import type { SqlValue } from '../sql.ts';
import type { PostgresAddress, PostgresHost } from '../../process/postgres-url.ts';
import { ConnectionLostError, isOfKeptStatement, postgresCode } from './errors.ts';
import { createPacket, type Answer, type KeptStatements, type PacketStatement } from './packet.ts';

/** One connection to one server. Statements are sent at once, and answered in their order. */
export interface Session {
  readonly host: PostgresHost;
  /**
   * The text has PostgreSQL's placeholders, its values are checked.
   * @throws {ConnectionLostError} and the errors of the server, which have a SQLSTATE.
   */
  send(text: string, values?: readonly SqlValue[]): Promise<Answer>;
  /**
   * Sends a statement in one packet with all others of the same turn. After one that fails, the
   * server carries out none of those behind it, and they fail with it. It keeps what it has made of
   * texts that `isKept`, of which there must be few.
   */
  sendTogether(text: string, values: readonly SqlValue[], isKept: boolean): Promise<Answer>;
  /** How many warnings the server has sent. */
  warnings(): number;
  /** @throws {ConnectionLostError} when nothing can be sent any more. */
  assertAlive(): void;
  /** Whether it can be given to the next user: alive, and in no transaction. */
  isClean(): boolean;
  /** Cuts the connection: everything that waits for an answer fails. */
  cut(): void;
  /** Asks the server to end what runs on this connection. It may not answer. */
  cancel(): void;
  /** Says goodbye. */
  end(): void;
}

/**
 * Connects to one host, within `timeoutMs`.
 * @throws {ConnectionLostError} and the errors of the server.
 */
export async function openSession(
  address: PostgresAddress,
  host: PostgresHost,
  timeoutMs: number,
): Promise<Session> {
  // Loaded when it is needed: a service whose data is in a file has no use for it.
  const pg = await import('pg');
  const socket = new Socket();
  const client = new pg.Client({
    host: host.name,
    port: host.port,
    user: address.user,
    // A function, because an empty text would make node-postgres look into the environment.
    password: () => address.password,
    database: address.database,
    ssl: address.tls ?? false,
    application_name: 'anaquel',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: () => socket,
    // A round trip for many statements.
    pipeline: true,
  });
  const newQuery = (): Query => Object.create(pg.Query.prototype) as Query;
  const session = createSession(client, socket, host, newQuery);
  const timer = setTimeout(session.cut, timeoutMs);
  try {
    await client.connect();
    await session.meetServer();
    return session;
  } catch (error) {
    session.cut();
    throw asLost(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param newQuery gives an empty object of the class of queries, and node-postgres takes no other
 *   where it pipelines
 */
function createSession(client: Client, socket: Socket, host: PostgresHost, newQuery: () => Query) {
  let isAlive = true;
  let warnings = 0;

  // Without a listener, the end of a connection that nobody uses would end the process.
  client.on('error', () => (isAlive = false));
  client.on('end', () => (isAlive = false));
  client.on('notice', ({ severity }) => {
    if (severity === 'WARNING') warnings += 1;
  });

  function cut(): void {
    isAlive = false;
    socket.destroy();
  }

  return {
    host,
    ...createSending(client, newQuery),
    warnings: () => warnings,
    assertAlive() {
      if (!isAlive) throw new ConnectionLostError('It has ended');
    },
    isClean: () => isAlive && client.getTransactionStatus() === 'I',
    cut,
    cancel() {
      const { processID, secretKey } = secretsOf(client);
      if (typeof processID === 'number' && typeof secretKey === 'number')
        sendCancel(host, processID, secretKey);
    },
    end() {
      isAlive = false;
      client.end().catch(() => {});
      // A server that is stopped takes no leave.
      setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    },
  };
}

function createSending(client: Client, newQuery: () => Query) {
  const kept: KeptStatements = new Map();
  let keepsStatements = false;
  let together: PacketStatement[] = [];

  function sendPacket(statements: readonly PacketStatement[]): void {
    client.query(Object.assign(newQuery(), createPacket(statements, kept)));
  }

  function sendAllTogether(): void {
    const statements = together;
    together = [];
    sendPacket(statements);
  }

  async function send(text: string, values: readonly SqlValue[] = []): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    sendPacket([{ text, values, name: '', answer }]);
    try {
      return await answer.promise;
    } catch (error) {
      throw asLost(error);
    }
  }

  return {
    send,
    async sendTogether(text: string, values: readonly SqlValue[], isKept: boolean) {
      if (together.length === 0) queueMicrotask(sendAllTogether);
      const answer = Promise.withResolvers<Answer>();
      together.push({ text, values, name: isKept && keepsStatements ? nameOf(text) : '', answer });
      try {
        return await answer.promise;
      } catch (error) {
        // What stands between can't be told from the server.
        if (isOfKeptStatement(error)) keepsStatements = false;
        throw asLost(error);
      }
    },
    /**
     * Finds out whether one process of the server answers all that is sent. A pooler has another
     * number than the process to which it gives a transaction.
     */
    async meetServer(): Promise<void> {
      const { rows } = await send('select pg_backend_pid()');
      keepsStatements = rows[0]?.[0] === secretsOf(client).processID;
    },
  };
}

/** Transactions have fewer texts. */
const MOST_NAMES = 512;

const names = new Map<string, string>();

/** The name of a text, the same on all connections; empty for none. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_NAMES) return known ?? '';
  const name = `kept_${names.size}`;
  names.set(text, name);
  return name;
}

const GOODBYE_MS = 1_000;
const CANCEL_MS = 1_000;

/** https://www.postgresql.org/docs/15/protocol-message-formats.html, CancelRequest */
function sendCancel({ name, port }: PostgresHost, processId: number, secretKey: number): void {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(80_877_102, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = new Socket();
  socket.on('error', () => {});
  socket.setTimeout(CANCEL_MS, () => socket.destroy());
  socket.connect(port, name, () => socket.end(message));
}

/** What a cancel request names a connection by: the types of node-postgres lack it. */
function secretsOf(client: object): { processID?: unknown; secretKey?: unknown } {
  return client;
}

/** Errors of the server, and of reading what it sent, say what they are. All others mean this. */
function asLost(error: unknown): unknown {
  if (postgresCode(error) !== undefined || error instanceof RangeError) return error;
  return new ConnectionLostError(error);
}
