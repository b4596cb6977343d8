import { readdirSync, readFileSync } from 'node:fs';
import { runOn, startPostgresServer, type PostgresServer } from '@anaquel/runtime/postgres-server';
import { hasThreadTimes } from './thread-times.ts';

/** The PostgreSQL server of a benchmark, at full durability. */
export interface BenchServer {
  /** Makes an empty database, and tells its address. */
  createDatabase(name: string): Promise<string>;
  /** Makes every commit take so many milliseconds longer, as a replicated disk does. */
  delayCommits(ms: number): Promise<void>;
  /** What its processes have taken of the processors, in microseconds; 0 where no one tells. */
  times(): number;
  stop(): Promise<void>;
}

/** As for a small server; commits reach the disk before they are answered. */
const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_connections: '200',
  max_wal_size: '4GB',
  deadlock_timeout: '1s',
};

export async function startBenchServer(): Promise<BenchServer> {
  const server = await startPostgresServer({ settings: SETTINGS });
  const admin = server.url('postgres');
  return {
    async createDatabase(name) {
      await runOn(admin, `create database ${name}`);
      return server.url(name);
    },
    async delayCommits(ms) {
      // Every commit waits, even when no other one is on its way.
      await runOn(
        admin,
        'alter system set commit_siblings = 0',
        `alter system set commit_delay = ${ms * 1_000}`,
        'select pg_reload_conf()',
      );
    },
    times: () => timesOf(server),
    stop: () => server.stop(),
  };
}

/** Of the clock that /proc/…/stat counts in. */
const TICK_MICROSECONDS = 10_000;

/** A process for each connection; what those that have ended took is in the times of the first. */
function timesOf(server: PostgresServer): number {
  if (!hasThreadTimes) return 0;
  const parent = server.pid();
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: cutime and cstime.
  const [ended = 0, endedInSystem = 0] = statOf(parent).slice(13, 15).map(Number);
  return [parent, ...childrenOf(parent)].reduce(
    (sum, pid) => sum + runTimeOf(pid),
    (ended + endedInSystem) * TICK_MICROSECONDS,
  );
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => Number(statOf(pid)[1]) === parent);
}

/** The fields that follow the name of the command, which may have spaces: state, parent, …. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return [];
  }
}

function runTimeOf(pid: number): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1_000;
  } catch {
    return 0;
  }
}
