import { isIPv6, type LookupFunction } from 'node:net';
import { Pool } from 'undici';

/**
 * More than the dispatcher has under way in all: of webhooks with one host, none waits until
 * another one's slow requests are over.
 */
const MAX_CONNECTIONS_PER_ORIGIN = 512;
/** What one more than these pushes out ends when its requests have. */
const MAX_ORIGINS_KEPT = 128;
/** Shorter than most servers keep their side, so that we don't send into what is being closed. */
const IDLE_CONNECTION_MS = 4_000;
const ADDRESSES_TRIED = 4;
/** The next address is tried meanwhile; so all have a chance within an attempt. */
const NEXT_ADDRESS_AFTER_MS = 2_000;
const ANSWER_HEADERS_MAX_BYTES = 16_384;

/**
 * Keeps connections to endpoints, each to an address that was checked. A request finds those to its
 * own host and addresses alone, so that none is used after its name leads elsewhere.
 *
 * @param attemptMs the time of one request, after which its sender aborts it
 */
export function createEndpointPools(attemptMs: number) {
  /** The one that was used last comes last. */
  const pools = new Map<string, Pool>();
  const retired = new Set<Pool>();

  function open(origin: string, addresses: readonly string[]): Pool {
    return new Pool(origin, {
      connections: MAX_CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      maxHeaderSize: ANSWER_HEADERS_MAX_BYTES,
      headersTimeout: attemptMs,
      bodyTimeout: attemptMs,
      connect: {
        timeout: attemptMs,
        // The name stays that of the endpoint, for Host, SNI and the certificate.
        lookup: leadTo(addresses.slice(0, ADDRESSES_TRIED)),
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
      },
    });
  }

  function retire(pool: Pool): void {
    retired.add(pool);
    void pool.close().finally(() => retired.delete(pool));
  }

  return {
    /** @param addresses all that were found and checked just now */
    poolFor({ origin }: URL, addresses: readonly string[]): Pool {
      const key = [origin, ...addresses.toSorted()].join(' ');
      const pool = pools.get(key) ?? open(origin, addresses);
      pools.delete(key);
      pools.set(key, pool);
      const [oldest] = pools;
      if (pools.size > MAX_ORIGINS_KEPT && oldest !== undefined) {
        pools.delete(oldest[0]);
        retire(oldest[1]);
      }
      return pool;
    },
    /** Cuts whatever is under way. */
    async close(): Promise<void> {
      const all = [...pools.values(), ...retired];
      pools.clear();
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}

function leadTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, { all }, done) => {
    const [first] = found;
    if (all || first === undefined) done(null, found);
    else done(null, first.address, first.family);
  };
}
