import type { FastifyBaseLogger } from 'fastify';
import { Pool, type Dispatcher } from 'undici';
import type { TlsIdentity } from '../process/tls-identity.ts';
import { createCircuitBreaker, type CallResult } from './circuit-breaker.ts';

export interface ReplicasOptions {
  /**
   * One or more, none twice: scheme, host, port and, where there is one, a path to put before every
   * other.
   */
  readonly baseUrls: readonly string[];
  readonly pool: Pool.Options;
  /**
   * Who the caller is to addresses of https, and by whom it knows them. Without it, it is nobody
   * and knows them as browsers do.
   */
  readonly tls?: TlsIdentity | null;
  /** How long a probe may take. */
  readonly probeWithinMs: number;
  /** A call that takes longer makes its replica suspect. */
  readonly slowAfterMs: number;
  /**
   * What becomes of a call while no replica is well: it fails at once, or is made all the same, for
   * a caller that has a circuit breaker of its own around everything.
   */
  readonly whenNoneIsWell: 'fail' | 'call';
  /** Told when one of several replicas is left out, and when it is back. */
  readonly onChange?: (replica: Replica, isUsable: boolean) => void;
}

/** One address at which a service is called. */
export interface Replica {
  /** As it is set: for the log, never for an answer. */
  readonly baseUrl: string;
  /** Over kept connections; the path of `baseUrl` is put before `path`. */
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Null at once while it is known to fail, and for calls under way as soon as it is. */
  call<Result extends CallResult>(work: () => Promise<Result>): Promise<Result | null>;
  /** Calls `end` once it is found to fail. Returns what takes that back. */
  onFailing(end: () => void): () => void;
}

/** All replicas of a service. */
export interface Replicas {
  readonly all: readonly Replica[];
  /**
   * The replica for a request: one that is usable before one that fails, and one of `avoided` only
   * when there is no other. Among equals the one that the hint leads to, always the same while it
   * is usable; without a hint the one with the fewest calls under way.
   */
  choose(hint: string | null, avoided?: readonly Replica[]): Replica;
  /** How many there are, and how many of them are usable. */
  counts(): { readonly all: number; readonly usable: number };
  /** Ends idle connections and cuts the rest. */
  close(): Promise<void>;
}

/** How often each of several replicas is asked how it is. */
const WATCH_EVERY_MS = 1_000;
/** Longer than a service takes to find out. */
const READY_WITHIN_MS = 3_000;

const CLOSED_CODES = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);

/**
 * The one place that knows which replica a request goes to. Each has a circuit breaker. One of
 * several is left out from its first failure until something succeeds, and while it says itself
 * that it isn't ready. A replica that hangs is found by probes, whether anybody calls or not. One
 * that is alone is asked for nothing: there is no other to go to.
 */
export function createReplicas(options: ReplicasOptions): Replicas {
  const areSeveral = options.baseUrls.length > 1;
  const all = options.baseUrls.map((baseUrl) => createReplica(baseUrl, options, areSeveral));
  const watch = areSeveral
    ? setInterval(() => all.forEach((one) => one.check()), WATCH_EVERY_MS)
    : null;
  watch?.unref();
  let turn = 0;

  return {
    all,
    choose(hint, avoided = []) {
      turn = (turn + 1) % all.length;
      let [best] = all;
      let bestRank = -1;
      let bestWeight = 0;
      // From another one each time, so that equals take turns.
      for (let step = 0; step < all.length; step += 1) {
        const replica = all[(turn + step) % all.length];
        if (replica === undefined) continue;
        const rank = avoided.includes(replica) ? 0 : replica.rank();
        if (rank < bestRank) continue;
        const weight = hint === null ? -replica.callsUnderWay() : hashOf(hint, replica.seed);
        if (rank === bestRank && weight <= bestWeight) continue;
        [best, bestRank, bestWeight] = [replica, rank, weight];
      }
      if (best === undefined) throw new Error('A service has at least one address');
      return best;
    },
    counts: () => ({
      all: all.length,
      usable: all.filter((replica) => replica.rank() === 3).length,
    }),
    async close() {
      if (watch !== null) clearInterval(watch);
      await Promise.all(all.map((replica) => replica.close()));
    },
  };
}

interface OwnReplica extends Replica {
  /** What weighs hints for it. */
  readonly seed: number;
  /** 3 when it is usable, 2 when it fails or isn't ready, 1 when it is known to fail. */
  rank(): 1 | 2 | 3;
  callsUnderWay(): number;
  /** Finds out how it is. */
  check(): void;
  close(): Promise<void>;
}

function createReplica(
  baseUrl: string,
  options: ReplicasOptions,
  isOneOfSeveral: boolean,
): OwnReplica {
  const { probeWithinMs, slowAfterMs, whenNoneIsWell, onChange } = options;
  const address = createAddress(baseUrl, options);
  const ends = new Set<() => void>();
  let callsUnderWay = 0;
  let wasUsable = true;

  const readiness = createReadiness(address, tellChange);
  const circuit = createCircuitBreaker({
    probe: () => probeLife(address, probeWithinMs),
    slowAfterMs,
    onChange() {
      if (circuit.isOpen) for (const end of ends) end();
      tellChange();
    },
  });
  // Its caller's own circuit breaker does for it what this one would.
  const isUnguarded = !isOneOfSeveral && whenNoneIsWell === 'call';
  const isUsable = () => circuit.isWell && readiness.isReady;

  function tellChange(): void {
    if (isUsable() === wasUsable) return;
    wasUsable = isUsable();
    if (isOneOfSeveral) onChange?.(replica, wasUsable);
  }

  function callOnce<Result extends CallResult>(work: () => Promise<Result>) {
    const isCalled = isUnguarded || (circuit.isOpen && whenNoneIsWell === 'call');
    return isCalled ? work() : circuit.call(work);
  }

  async function counted<Result extends CallResult>(work: () => Promise<Result>) {
    callsUnderWay += 1;
    try {
      return await callOnce(work);
    } finally {
      callsUnderWay -= 1;
    }
  }

  const replica: OwnReplica = {
    baseUrl,
    seed: hashOf(baseUrl, FNV_OFFSET),
    rank: () => (circuit.isOpen ? 1 : isUsable() ? 3 : 2),
    callsUnderWay: () => callsUnderWay,
    request: address.request,
    // Where there is no other to compare it with, calls aren't counted.
    call: isOneOfSeveral ? counted : callOnce,
    onFailing(end) {
      ends.add(end);
      return () => ends.delete(end);
    },
    check() {
      circuit.suspect();
      void readiness.ask();
    },
    close: address.close,
  };
  return replica;
}

/** Kept connections to one host and port. The path of the base URL is put before every other. */
interface Address {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  /** The status with which a path is answered. Rejects when there is no answer in time. */
  statusOf(path: string, withinMs: number): Promise<number>;
  close(): Promise<void>;
}

function createAddress(baseUrl: string, options: ReplicasOptions): Address {
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, '');
  const connections = createConnections(origin, options);
  return {
    // Without a copy of the request where its path is right as it is.
    request:
      prefix === ''
        ? (request) => connections.pool.request(request)
        : (request) => connections.pool.request({ ...request, path: prefix + request.path }),
    async statusOf(path, withinMs) {
      const signal = AbortSignal.timeout(withinMs);
      const answer = await connections.pool.request({ method: 'GET', path: prefix + path, signal });
      await answer.body.dump();
      return answer.statusCode;
    },
    close: connections.close,
  };
}

interface Connections {
  /** For the next request. */
  readonly pool: Pool;
  close(): Promise<void>;
}

/**
 * The connections to one origin. What has begun with the certificates of before ends with them; the
 * next request takes new connections.
 */
function createConnections(
  origin: string,
  { pool: options, tls = null }: Pick<ReplicasOptions, 'pool' | 'tls'>,
): Connections {
  const pools = new Set<Pool>();
  let pool = open();

  function open(): Pool {
    const opened = new Pool(origin, tls === null ? options : withTls(options, tls));
    pools.add(opened);
    return opened;
  }

  if (origin.startsWith('https:')) {
    tls?.onChange(() => {
      const old = pool;
      pool = open();
      void old.close().finally(() => pools.delete(old));
    });
  }
  return {
    get pool() {
      return pool;
    },
    async close() {
      await Promise.all([...pools].map((one) => one.destroy()));
    },
  };
}

/** Each connection shows its certificate anew: a session that is resumed would show an old one. */
function withTls(options: Pool.Options, { current }: TlsIdentity): Pool.Options {
  const { connect } = options;
  if (typeof connect === 'function') return options;
  return { ...options, allowH2: false, connect: { ...connect, ...current, maxCachedSessions: 0 } };
}

/** Whether it lives: one that isn't ready still answers what it was asked. */
async function probeLife(address: Address, withinMs: number): Promise<CallResult> {
  try {
    const status = await address.statusOf('/health/live', withinMs);
    // One that refuses this process says so to each request.
    return status === 200 || status === 403 ? { ok: true } : { ok: false, reason: 'failed' };
  } catch (error) {
    return { ok: false, reason: CLOSED_CODES.has(codeOf(error)) ? 'closed' : 'unreachable' };
  }
}

/** What a replica says of itself: one that lives may ask for no requests. */
interface Readiness {
  /** As it said last; true until it was asked. */
  readonly isReady: boolean;
  /** Asks it, unless an answer is awaited. Never rejects. */
  ask(): Promise<void>;
}

function createReadiness(address: Address, onAnswer: () => void): Readiness {
  let isReady = true;
  let isAsked = false;
  return {
    get isReady() {
      return isReady;
    },
    async ask() {
      if (isAsked) return;
      isAsked = true;
      try {
        isReady = (await address.statusOf('/health/ready', READY_WITHIN_MS)) === 200;
        onAnswer();
      } catch {
        // Whether it lives at all the probe finds out.
      } finally {
        isAsked = false;
      }
    },
  };
}

/** Tells in the log when one of several replicas is left out, and when it is back. */
export function replicaLog(
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
  target: string,
): NonNullable<ReplicasOptions['onChange']> {
  return ({ baseUrl }, isUsable) => {
    const fields = { target, replica: baseUrl };
    if (isUsable) log.info(fields, 'a replica is well again');
    else log.warn(fields, 'a replica is left out until it is well');
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * 32 bits, of which each depends on every letter: FNV-1a, and then the last step of MurmurHash3.
 * The replica with the highest number for a hint gets it, so that when one is left out only its own
 * hints move (rendezvous hashing).
 */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
