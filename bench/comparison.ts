import { load, quantile, type Requests } from './load.ts';
import type { ServerProcess } from './shop.ts';
import { combined, threadTimes, timesEach, total, type ThreadTimes } from './thread-times.ts';

/** Servers that do the same, and what they are asked for. */
export interface Contestant {
  readonly name: string;
  /** Several are replicas: each gets its share of the connections. */
  readonly servers: readonly ServerProcess[];
  readonly requests: Requests;
  /** What a database of their own has taken of the processors, in microseconds. */
  readonly databaseTimes?: () => number;
  /** Done before each turn, and not measured. */
  readonly prepare?: () => Promise<void>;
  /** Waits for what its turn has left to do, which is not to disturb the next one. */
  readonly settle?: () => Promise<void>;
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
/** In the first seconds V8 compiles what is called often: no figure of a service that runs. */
const WARM_UP_SECONDS = 5;

/**
 * Measures all by turns, in the other order every second round: on a shared machine the next minute
 * is another machine.
 * @param seconds for each contestant, all rounds together
 */
export async function measureByTurns(
  contestants: readonly Contestant[],
  seconds: number,
): Promise<Result[]> {
  for (const { servers, requests, settle } of contestants) {
    await load(originsOf(servers), requests, WARM_UP_SECONDS);
    await settle?.();
  }
  const turns = contestants.map((): Turn[] => []);
  const order = [...contestants.entries()];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, contestant] of order) {
      await contestant.prepare?.();
      turns[index]?.push(await takeTurn(contestant, seconds / ROUNDS));
      await contestant.settle?.();
    }
    order.reverse();
  }
  return contestants.map(({ name }, index) => ({ name, turns: turns[index] ?? [] }));
}

async function takeTurn(contestant: Contestant, seconds: number): Promise<Turn> {
  const { servers, requests } = contestant;
  const before = timesOf(contestant);
  const { seconds: tookSeconds, latenciesMs } = await load(originsOf(servers), requests, seconds);
  const count = latenciesMs.length * (requests.lines ?? 1);
  return {
    requestsPerSecond: count / tookSeconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    times: timesEach(before, timesOf(contestant), count),
  };
}

const originsOf = (servers: readonly ServerProcess[]): string[] =>
  servers.map(({ origin }) => origin);

function timesOf({ servers, databaseTimes = () => 0 }: Contestant): ThreadTimes {
  const ofServers = servers.map(({ pid }) => threadTimes(pid));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return { ...combined(ofServers, sum), database: databaseTimes() };
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of all rounds in each figure. */
export function typical({ turns }: Result): Turn {
  const of = (figure: (turn: Turn) => number): number => median(turns.map(figure));
  return {
    requestsPerSecond: of((turn) => turn.requestsPerSecond),
    p50Ms: of((turn) => turn.p50Ms),
    p99Ms: of((turn) => turn.p99Ms),
    times: combined(
      turns.map(({ times }) => times),
      median,
    ),
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
