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
const FORM = 'postgres://user:password@host:5432/database';

/**
 * Reads `postgres://user:password@a:5432,b:5433/database`. Names and passwords are
 * percent-encoded; an IPv6 address stands in brackets.
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
  const [unknown] = new URLSearchParams(query).keys();
  if (unknown !== undefined) throw new TypeError(`it can't have the parameter "${unknown}"`);
  return {
    hosts: hosts.split(',').map(readHost),
    user: decoded(user, 'user'),
    password: decoded(password, 'password'),
    database: decoded(database, 'database'),
    tls: null,
  };
}

function readHost(text: string): PostgresHost {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (match === null || port < 1 || port > 65_535)
    throw new TypeError(`"${text}" is no host, or no host:port`);
  return { name: decoded(match[1] ?? match[2] ?? '', 'host'), port };
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
