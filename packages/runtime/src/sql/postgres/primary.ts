import type { PostgresAddress, PostgresHost } from '../../process/postgres-url.ts';
import { openSession, type Session } from './session.ts';

/** Of a host that can be reached and takes no writes. */
export class ReadOnlyHostError extends Error {
  override readonly name = 'ReadOnlyHostError';
}

/**
 * Connects to the host that takes writes. All are asked at the same time; the first that says so
 * wins, and the others are left.
 *
 * @throws AggregateError with the reason of each host.
 */
export async function connectToPrimary(
  address: PostgresAddress,
  timeoutMs: number,
): Promise<Session> {
  let winner: Session | undefined;
  const attempts = address.hosts.map(async (host) => {
    const session = await connectToWritable(address, host, timeoutMs);
    if (winner !== undefined) session.end();
    winner ??= session;
    return session;
  });
  return Promise.any(attempts);
}

/**
 * Connects to one host, and makes sure that it takes writes.
 * @throws the error of the server, ConnectionLostError, or one that says that it takes no writes.
 */
export async function connectToWritable(
  address: PostgresAddress,
  host: PostgresHost,
  timeoutMs: number,
): Promise<Session> {
  const startedAt = performance.now();
  const session = await openSession(address, host, timeoutMs);
  const timer = setTimeout(session.cut, Math.max(0, startedAt + timeoutMs - performance.now()));
  try {
    const { rows } = await session.send(
      `select pg_is_in_recovery(), current_setting('transaction_read_only')`,
    );
    const [isStandby, readOnly] = rows[0] ?? [];
    if (isStandby === 0 && readOnly === 'off') return session;
    throw new ReadOnlyHostError(`${host.name}:${host.port} takes no writes`);
  } catch (error) {
    session.end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
