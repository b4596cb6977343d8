import { load, quantile, type Requests } from './load.ts';
import type { ServerProcess } from './shop.ts';
import { noTimes, threadTimes, timesEach, total, type ThreadTimes } from './thread-times.ts';

/** A server, and what it is asked for. */
export interface Contestant {
  readonly name: string;
  readonly server: ServerProcess;
  readonly requests: Requests;
}

/** What one turn of a contestant came to. */
interface Turn {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of each request, in microseconds. */
  readonly times: ThreadTimes;
}

/** A contestant's turns, one a round. */
export interface Result {
  readonly name: string;
  readonly turns: readonly Turn[];
}

const ROUNDS = 5;
const WARM_UP_SECONDS = 1;

/**
 * Measures all by turns, in the other order every second round: on a shared machine the next minute
 * is another machine.
 * @param seconds for each contestant, all rounds together
 */
export async function measureByTurns(
  contestants: readonly Contestant[],
  seconds: number,
): Promise<Result[]> {
  for (const { server, requests } of contestants)
    await load(server.origin, requests, WARM_UP_SECONDS);
  const turns = contestants.map((): Turn[] => []);
  const order = [...contestants.entries()];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, contestant] of order)
      turns[index]?.push(await takeTurn(contestant, seconds / ROUNDS));
    order.reverse();
  }
  return contestants.map(({ name }, index) => ({ name, turns: turns[index] ?? [] }));
}

async function takeTurn({ server, requests }: Contestant, seconds: number): Promise<Turn> {
  const before = threadTimes(server.pid);
  const { seconds: tookSeconds, latenciesMs } = await load(server.origin, requests, seconds);
  const count = latenciesMs.length * (requests.lines ?? 1);
  return {
    requestsPerSecond: count / tookSeconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    times: timesEach(before, threadTimes(server.pid), count),
  };
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of all rounds in each figure. */
export function typical({ turns }: Result): Turn {
  const of = (figure: (turn: Turn) => number): number => median(turns.map(figure));
  const timesOf = (kind: keyof ThreadTimes): number => of(({ times }) => times[kind]);
  const times = { ...noTimes, main: timesOf('main') };
  return {
    requestsPerSecond: of((turn) => turn.requestsPerSecond),
    p50Ms: of((turn) => turn.p50Ms),
    p99Ms: of((turn) => turn.p99Ms),
    times: { ...times, writer: timesOf('writer'), others: timesOf('others') },
  };
}

/** How many times as fast, and how many times the CPU time: the median of the rounds' ratios. */
export function ratios(of: Result, to: Result): { speed: number; cpu: number } {
  const ratio = (figure: (turn: Turn) => number): number =>
    median(
      of.turns.map((turn, round) => {
        const other = to.turns[round];
        return other ? figure(turn) / figure(other) : Number.NaN;
      }),
    );
  return {
    speed: ratio((turn) => turn.requestsPerSecond),
    cpu: ratio(({ times }) => total(times)),
  };
}
