import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What the threads of a process have taken of the processors, in microseconds. */
export interface ThreadTimes {
  /** The thread that serves HTTP. */
  readonly main: number;
  /** The threads that the program started: Inventory's writer, and the one that searches. */
  readonly writer: number;
  /** Those of V8, which compile and collect garbage, and of libuv. */
  readonly others: number;
  /** The processes of PostgreSQL. */
  readonly database: number;
}

const noTimes: ThreadTimes = { main: 0, writer: 0, others: 0, database: 0 };

/** Whether this system tells the times of threads: Linux does, by /proc. */
export const hasThreadTimes = existsSync('/proc/self/schedstat');

/** The times so far of the threads that live. Zero where the system does not tell. */
export function threadTimes(pid: number): ThreadTimes {
  if (!hasThreadTimes) return noTimes;
  const times = { ...noTimes };
  const folder = `/proc/${pid}/task`;
  for (const thread of readdirSync(folder)) {
    const name = readFileSync(`${folder}/${thread}/comm`, 'utf8').trim();
    const [nanoseconds] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ');
    const kind = Number(thread) === pid ? 'main' : name === 'WorkerThread' ? 'writer' : 'others';
    times[kind] += Number(nanoseconds) / 1_000;
  }
  return times;
}

/** The times of each kind, made of those of several readings. */
export function combined(
  readings: readonly ThreadTimes[],
  figure: (values: readonly number[]) => number,
): ThreadTimes {
  const of = (kind: keyof ThreadTimes): number => figure(readings.map((times) => times[kind]));
  return { main: of('main'), writer: of('writer'), others: of('others'), database: of('database') };
}

/** What each of `count` requests took between two readings. */
export function timesEach(before: ThreadTimes, after: ThreadTimes, count: number): ThreadTimes {
  return combined([before, after], ([from = 0, to = 0]) => (to - from) / count);
}

export function total({ main, writer, others, database }: ThreadTimes): number {
  return main + writer + others + database;
}

const CHECK_EVERY_MS = 500;
const MAX_CHECKS = 240;

/** Waits until a process takes less than a twentieth of a processor, two minutes at most. */
export async function untilIdle(pid: number): Promise<void> {
  if (!hasThreadTimes) return;
  let before = total(threadTimes(pid));
  for (let check = 0; check < MAX_CHECKS; check += 1) {
    await sleep(CHECK_EVERY_MS);
    const after = total(threadTimes(pid));
    if (after - before < (CHECK_EVERY_MS * 1_000) / 20) return;
    before = after;
  }
}
