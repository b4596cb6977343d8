import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readPostgresUrl, StartupError } from '@anaquel/runtime';
import type { Postgres } from '@anaquel/runtime/postgres';
import { sql } from '@anaquel/runtime/sql';
import { errorCode } from './error-code.ts';

/** The client programs of PostgreSQL that commands use: those on PATH. */
export type Program = 'pg_dump' | 'pg_restore' | 'psql';

const CONNECT_WITHIN_S = '10';
/** The last of what a program says of its failure is enough. */
const LONGEST_COMPLAINT = 4_000;

/**
 * Makes sure that a program is there, and not of an older release than the server: it would refuse
 * to work, or leave out what it doesn't know.
 *
 * @throws StartupError with one line that says what to install.
 */
export async function assertProgram(program: Program, database: Postgres): Promise<void> {
  const server = await database.reads.number(
    sql`select cast(current_setting('server_version_num') as bigint)`,
  );
  // https://www.postgresql.org/docs/15/libpq-status.html#LIBPQ-PQSERVERVERSION
  const wanted = Math.floor(server / 10_000);
  const advice = `install the client programs of PostgreSQL ${wanted} or newer (Debian: postgresql-client, Homebrew: libpq), and put them on PATH`;
  const found = await majorVersionOf(program);
  if (found === null) throw new StartupError(`There is no ${program} on PATH: ${advice}.`);
  if (found < wanted)
    throw new StartupError(
      `The ${program} on PATH is of PostgreSQL ${found}, and the server of ${wanted}: ${advice}.`,
    );
}

/** Null when there is no such program. */
async function majorVersionOf(program: Program): Promise<number | null> {
  const child = spawn(program, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    await once(child, 'close');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const version = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  return version === undefined ? null : Number(version);
}

/**
 * Runs a program on a database until it has ended.
 * @throws StartupError with what it says of its failure.
 */
export async function runProgram(
  program: Program,
  args: readonly string[],
  url: string,
): Promise<void> {
  const { child, ended } = startProgram(program, ['--no-password', ...args], url);
  child.stdin.end();
  child.stdout.resume();
  await ended;
}

/** A program that runs. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  /** Rejects with a StartupError that has what it says of its failure. */
  readonly ended: Promise<void>;
}

/** Starts a program, which needs no `url` when it uses no database. */
export function startProgram(
  program: Program,
  args: readonly string[],
  url?: string,
): RunningProgram {
  const env = url === undefined ? baseEnvironment() : clientEnvironment(url);
  const child = spawn(program, args, { stdio: 'pipe', env });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });
  // One that has ended takes no more: how it ended says why.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]) => {
    if (code === 0) return;
    const lines = complaint.trim().split('\n');
    throw new StartupError(`${program} failed: ${lines.at(-1) || `it ended with ${code}`}`);
  });
  ended.catch(() => {});
  return { child, ended };
}

/**
 * The environment by which the programs find a database. What stands in it no other user sees,
 * unlike arguments. Nothing else of the environment but PATH can lead them elsewhere.
 *
 * https://www.postgresql.org/docs/15/libpq-envars.html
 */
function clientEnvironment(url: string): Record<string, string> {
  const { hosts, user, password, database } = readPostgresUrl(url);
  const parameters = new URLSearchParams(url.split('?')[1] ?? '');
  const files = (['sslrootcert', 'sslcert', 'sslkey'] as const).flatMap((name) => {
    const file = parameters.get(name);
    return file === null ? [] : [[`PG${name.toUpperCase()}`, file] as const];
  });
  return {
    ...baseEnvironment(),
    PGHOST: hosts.map(({ name }) => name).join(','),
    PGPORT: hosts.map(({ port }) => port).join(','),
    PGTARGETSESSIONATTRS: 'read-write',
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: parameters.get('sslmode') ?? 'disable',
    PGCONNECT_TIMEOUT: CONNECT_WITHIN_S,
    PGAPPNAME: 'anaquel',
    ...Object.fromEntries(files),
  };
}

function baseEnvironment(): { PATH: string; LC_ALL: string } {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
}
