import { createCircuitBreaker, type Clock, type HttpClient } from '@anaquel/runtime';
import type {
  CatalogueAnswer,
  ProductCatalogue,
  ProductDescription,
} from '../../application/product-catalogue.ts';
import { createAskProducts, type NoProductsAnswer } from './ask-products.ts';
import { createProductCache } from './product-cache.ts';
import { createProductChanges } from './product-changes.ts';

/** A product that was known this recently is not asked for again. */
export const FRESH_MS = 2_000;
/** A product that was known this recently is sold on while Products can't answer. */
export const STALE_MS = 600_000;
/** Keeps the address of one call well under the usual limit of 16 KiB. */
const MAX_IDS_A_CALL = 400;
/** Many times what a lookup takes. */
const SLOW_AFTER_MS = 1_000;
/** How often one reason is told. */
const TELL_AGAIN_MS = 60_000;

/** Until then after its own start, a service that was never reached may still be starting. */
const START_MS = 30_000;

/** A product that is being asked for. */
interface Lookup extends PromiseWithResolvers<CatalogueAnswer> {
  /** The version of its latest change since it was asked for; none is 0. */
  changedTo: number;
}

/** By the product. */
type Lookups = Map<number, Lookup>;

export interface HttpProductCatalogueOptions {
  readonly client: Pick<HttpClient, 'getJson'>;
  readonly clock: Clock;
  /** Told why Products could not be used, for the log: each reason once a minute at most. */
  readonly onFailure: (reason: string) => void;
}

export interface HttpProductCatalogue extends ProductCatalogue {
  /** Forgets what changed in Products since the last time. Never rejects; false when it failed. */
  catchUp(): Promise<boolean>;
}

/**
 * Asks the Products service. Ids that are wanted in the same turn of the event loop share a call,
 * and an id that is being asked for is not asked for twice. Only products that exist are
 * remembered: a miss is asked for again. What is remembered is known to be right as of the last
 * `catchUp`, or as of when it was asked for. While Products fails it is not asked but probed, and
 * every lookup is answered at once from what is remembered.
 */
export function createHttpProductCatalogue({
  client,
  clock,
  onFailure,
}: HttpProductCatalogueOptions): HttpProductCatalogue {
  const cache = createProductCache(clock, () => changes);
  /** Those that a request may join: their products have not changed since. */
  const lookups: Lookups = new Map();
  const calls = new Set<Lookups>();
  const toldAtMs = new Map<string, number>();
  const askProducts = createAskProducts(client, clock);
  /** The product that was asked for last: one is enough for a probe. */
  let lastId = 1;
  const circuit = createCircuitBreaker({
    probe: async () => tellFailure(await askProducts.snapshots([lastId], { once: true })),
    slowAfterMs: SLOW_AFTER_MS,
  });
  let nextBatch: Lookups | null = null;
  const changes = createProductChanges({
    ask: askProducts,
    clock,
    onChange({ productId, version }) {
      cache.removeOlder({ productId, version });
      for (const call of calls) outdate(call, productId, version);
    },
    onGap() {
      cache.clear();
      for (const call of calls) for (const id of call.keys()) outdate(call, id, Infinity);
    },
  });
  let caughtUp = true;
  const startedAtMs = clock().getTime();

  /**
   * The call may answer what the product was before: that must not be remembered, nor given to who
   * asks from now on.
   */
  function outdate(call: Lookups, id: number, version: number): void {
    const lookup = call.get(id);
    if (!lookup) return;
    lookup.changedTo = Math.max(lookup.changedTo, version);
    endLookup(id, lookup);
  }

  function endLookup(id: number, lookup: Lookup): void {
    if (lookups.get(id) === lookup) lookups.delete(id);
  }

  function answerFor(id: number, when?: 'now'): Promise<CatalogueAnswer> {
    const product = when ? null : cache.find(id, FRESH_MS);
    if (product) return Promise.resolve({ type: 'found', product });
    const underway = lookups.get(id);
    if (underway) return underway.promise;
    const lookup = { ...Promise.withResolvers<CatalogueAnswer>(), changedTo: 0 };
    if (!nextBatch) {
      nextBatch = new Map();
      setImmediate(askForNextBatch);
    }
    nextBatch.set(id, lookup);
    lookups.set(id, lookup);
    return lookup.promise;
  }

  function askForNextBatch(): void {
    const entries = [...(nextBatch ?? [])];
    nextBatch = null;
    for (let start = 0; start < entries.length; start += MAX_IDS_A_CALL) {
      void ask(new Map(entries.slice(start, start + MAX_IDS_A_CALL)));
    }
  }

  async function ask(call: Lookups): Promise<void> {
    const ids = [...call.keys()];
    lastId = ids.at(-1) ?? lastId;
    const asked = { atMs: clock().getTime(), epoch: changes.epoch };
    calls.add(call);
    const answer = await circuit.call(async () => tellFailure(await askProducts.snapshots(ids)));
    calls.delete(call);
    for (const [id, lookup] of call) {
      endLookup(id, lookup);
      const product = answer?.ok ? answer.products.get(id) : cache.find(id, STALE_MS);
      if (answer?.ok) {
        if (product && product.version >= lookup.changedTo) cache.put(product, asked);
        else if (lookup.changedTo === 0) cache.remove(id);
      }
      if (product) lookup.resolve({ type: 'found', product });
      else lookup.resolve({ type: answer?.ok ? 'not-found' : 'unavailable' });
    }
  }

  function tellFailure<Answer extends { readonly ok: true } | NoProductsAnswer>(
    answer: Answer,
  ): Answer {
    if (answer.ok || answer.reason === 'closed') return answer;
    const reason = `${answer.reason}: ${answer.detail}`;
    const now = clock().getTime();
    if (now - (toldAtMs.get(reason) ?? -Infinity) >= TELL_AGAIN_MS) {
      toldAtMs.set(reason, now);
      onFailure(reason);
    }
    return answer;
  }

  return {
    hasFresh: (productIds) => productIds.every((id) => cache.find(id, FRESH_MS) !== null),
    lookUp: (productIds, when) => Promise.all(productIds.map((id) => answerFor(id, when))),
    async describe(productIds) {
      const described = new Map<number, ProductDescription>();
      for (let start = 0; start < productIds.length; start += MAX_IDS_A_CALL) {
        const ids = productIds.slice(start, start + MAX_IDS_A_CALL);
        const answer = await circuit.call(async () =>
          tellFailure(await askProducts.descriptions(ids)),
        );
        if (!answer?.ok) return null;
        for (const [id, product] of answer.products) described.set(id, product);
      }
      return described;
    },
    async catchUp() {
      const answer = await changes.catchUp();
      caughtUp = answer.ok;
      // Services that are started together find each other a moment later.
      const isStarting = changes.epoch === 0 && clock().getTime() < startedAtMs + START_MS;
      if (!isStarting || answer.ok || answer.reason !== 'unreachable') tellFailure(answer);
      return answer.ok;
    },
    get reachable() {
      const followed = caughtUp || clock().getTime() - changes.knownUntilMs < FRESH_MS;
      return circuit.isWell && followed;
    },
  };
}
