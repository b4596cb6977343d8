import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

export interface PostgresHost {
  readonly name: string;
  readonly port: number;
}

/** Where a database is, and how to get in. */
export interface PostgresAddress {
  /** One of them takes writes. */
  readonly hosts: readonly PostgresHost[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Null for a connection without TLS. */
  readonly tls: ConnectionOptions | null;
}

const DEFAULT_PORT = 5_432;
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const FORM = 'postgres://user:password@host:5432/database';

/**
 * Reads `postgres://user:password@a:5432,b:5433/database?sslmode=…`. Names and passwords are
 * percent-encoded; an IPv6 address stands in brackets. The parameters are those of
 * https://www.postgresql.org/docs/15/libpq-ssl.html: `sslmode`, which is `disable` unless it is
 * given, and the files `sslrootcert`, `sslcert` and `sslkey`.
 *
 * @throws {TypeError} that says what is wrong, without the password.
 */
export function readPostgresUrl(url: string): PostgresAddress {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/.exec(
    url,
  );
  if (match === null) throw new TypeError(`it must be like ${FORM}`);
  const [, login = '', hosts = '', database = '', query = ''] = match;
  const [user, password] = split(login, ':');
  if (user === '') throw new TypeError(`it must name the user, like ${FORM}`);
  return {
    hosts: hosts.split(',').map(readHost),
    user: decoded(user, 'user'),
    password: decoded(password, 'password'),
    database: decoded(database, 'database'),
    tls: readTls(new URLSearchParams(query)),
  };
}

function readHost(text: string): PostgresHost {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (match === null || port < 1 || port > 65_535)
    throw new TypeError(`"${text}" is no host, or no host:port`);
  return { name: decoded(match[1] ?? match[2] ?? '', 'host'), port };
}

function readTls(parameters: URLSearchParams): ConnectionOptions | null {
  const {
    sslmode: mode = 'disable',
    sslrootcert,
    sslcert,
    sslkey,
    ...others
  } = Object.fromEntries(parameters);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`it can't have the parameter "${unknown}"`);
  if (!MODES.includes(mode)) throw new TypeError(`its sslmode must be one of ${MODES.join(', ')}`);
  if (mode === 'disable') return null;
  return {
    ...(sslrootcert !== undefined && { ca: fileOf('sslrootcert', sslrootcert) }),
    ...(sslcert !== undefined && { cert: fileOf('sslcert', sslcert) }),
    ...(sslkey !== undefined && { key: fileOf('sslkey', sslkey) }),
    // As libpq has it, a root certificate that is given is one to check by.
    rejectUnauthorized: mode !== 'require' || sslrootcert !== undefined,
    // Only verify-full asks whether the certificate is for this host.
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function fileOf(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new TypeError(`its ${parameter} ${path} can't be read (${String(reason)})`, {
      cause: error,
    });
  }
}

function split(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return place === -1 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)];
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(`its ${what} is not percent-encoded`);
  }
}
