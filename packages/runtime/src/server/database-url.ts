import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPostgresUrl, type PostgresAddress } from '../process/postgres-url.ts';

/** Where the data of a service is: in a SQLite file, or on a PostgreSQL server. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

const EXPECTATION =
  'a file such as file:./data/shop.db or sqlite:///./shop.db, or a PostgreSQL database such as postgres://user:password@host:5432/shop';

/**
 * Reads a `DATABASE_URL`. Relative files (`file:./x.db`, `sqlite:///./x.db`, `sqlite:///x.db`) lie
 * under `cwd`; absolute ones are `file:/x.db`, `file:///x.db` and `sqlite:////x.db`. What starts
 * with `postgres:` or `postgresql:` is read by `readPostgresUrl`. The error completes
 * "DATABASE_URL …" and never repeats the text, which may hold a password.
 */
export function parseDatabaseUrl(
  text: string,
  cwd: string,
): DatabaseLocation | { readonly error: string } {
  if (/^postgres(ql)?:/.test(text)) return postgresLocation(text);
  const path = filePath(text);
  if (path === undefined || path === '' || path.includes('\0'))
    return { error: `must be ${EXPECTATION}.` };
  if (/[?#]/.test(path))
    return { error: 'must name a file without "?" or "#": options in it would be ignored.' };
  if (path.includes(':memory:'))
    return { error: 'must name a file: an in-memory database would lose every sale at a restart.' };
  if (/[/\\]$/.test(path)) return { error: 'must name a file, not a folder.' };
  return { kind: 'sqlite', path: resolve(cwd, path) };
}

function postgresLocation(url: string): DatabaseLocation | { readonly error: string } {
  try {
    readPostgresUrl(url);
    return { kind: 'postgres', url };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { error: `names no PostgreSQL database: ${error.message}.` };
  }
}

/** SQLAlchemy's form counts slashes: three and a relative path, or four and an absolute one. */
function filePath(text: string): string | undefined {
  if (text.startsWith('sqlite:///')) return text.slice('sqlite:///'.length);
  if (text.startsWith('file:///')) {
    try {
      return fileURLToPath(text.replaceAll('?', '%3F').replaceAll('#', '%23'));
    } catch {
      return undefined;
    }
  }
  if (text.startsWith('file:') && !text.startsWith('file://')) return text.slice('file:'.length);
  return undefined;
}

/** A database as messages name it: its file, or its address without the password. */
export function databaseName(location: DatabaseLocation): string {
  if (location.kind === 'sqlite') return location.path;
  const address = readPostgresUrl(location.url);
  return `postgres://${address.user}@${hostsOf(address).join(',')}/${address.database}`;
}

/** Whether two settings lead to one database, whoever is to log in. */
export function isSameDatabase(one: DatabaseLocation, other: DatabaseLocation): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf(location: DatabaseLocation): string {
  if (location.kind === 'sqlite') return location.path;
  const address = readPostgresUrl(location.url);
  return `${hostsOf(address).sort().join(',')}/${address.database}`;
}

function hostsOf({ hosts }: PostgresAddress): string[] {
  return hosts.map(({ name, port }) => `${name.includes(':') ? `[${name}]` : name}:${port}`);
}
