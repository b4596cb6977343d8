import {
  createCircuitBreaker,
  type Clock,
  type HttpClient,
  type TryOptions,
} from '@anaquel/runtime';
import type {
  CatalogueAnswer,
  ProductCatalogue,
  ProductDescription,
} from '../../application/product-catalogue.ts';
import { createAskProducts, type NoProductsAnswer, type ProductsAnswer } from './ask-products.ts';
import { createProductCache, type ProductCache } from './product-cache.ts';
import { createProductChanges } from './product-changes.ts';
import { createProductLookups, type ProductLookups, type ReadAnswer } from './product-lookups.ts';

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

export interface HttpProductCatalogueOptions {
  readonly client: Pick<HttpClient, 'getJson'>;
  readonly clock: Clock;
  /** Told why Products could not be used, for the log: each reason once a minute at most. */
  readonly onFailure: (reason: string) => void;
}

export interface HttpProductCatalogue extends ProductCatalogue {
  /** Forgets what changed in Products since the last time. Never rejects; false when it failed. */
  catchUp(): Promise<boolean>;
  /**
   * Of products that were wanted, how many were remembered and how many not; and whether Products
   * is not asked because it fails.
   */
  figures(): { readonly hits: number; readonly misses: number; readonly isCut: boolean };
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
  const askProducts = createAskProducts(client, clock);
  const failures = createFailureReports(clock, onFailure);
  const lookups = createProductLookups({ maxIdsACall: MAX_IDS_A_CALL, ask });
  /** The product that was asked for last: one is enough for a probe. */
  let lastId = 1;
  const circuit = createCircuitBreaker({
    probe: async () => failures.tell(await askProducts.snapshots([lastId], { once: true })),
    slowAfterMs: SLOW_AFTER_MS,
  });
  const call = <Answer extends ProductsAnswer<unknown>>(
    work: (options: TryOptions) => Promise<Answer>,
  ) => circuit.call(async (isWaitedFor) => failures.tell(await work({ isWaitedFor })));
  const changes = createProductChanges({
    ask: askProducts,
    clock,
    onChange(change) {
      cache.removeOlder(change);
      lookups.outdate(change);
    },
    onGap() {
      cache.clear();
      lookups.outdateAll();
    },
  });
  let caughtUp = true;
  const remembered = createRemembered(cache);
  const startedAtMs = clock().getTime();

  async function ask(ids: readonly number[]): Promise<ReadAnswer> {
    lastId = ids.at(-1) ?? lastId;
    const asked = { atMs: clock().getTime(), epoch: changes.epoch };
    const answer = await call((options) => askProducts.snapshots(ids, options));
    return (id, changedTo) => {
      const product = answer?.ok ? answer.products.get(id) : cache.find(id, STALE_MS);
      if (answer?.ok) {
        if (product && product.version >= changedTo) cache.put(product, asked);
        else if (changedTo === 0) cache.remove(id);
      }
      if (product) return { type: 'found', product };
      return { type: answer?.ok ? 'not-found' : 'unavailable' };
    };
  }

  return {
    lookUpFresh: remembered.answers,
    hasFresh: (productIds) => productIds.every((id) => cache.find(id, FRESH_MS) !== null),
    lookUp: createLookUp(remembered, lookups),
    describe: (productIds) =>
      describeEach(productIds, (ids) => call((options) => askProducts.descriptions(ids, options))),
    async catchUp() {
      const answer = await changes.catchUp();
      caughtUp = answer.ok;
      // Services that are started together find each other a moment later.
      const isStarting = changes.epoch === 0 && clock().getTime() < startedAtMs + START_MS;
      if (!isStarting || answer.ok || answer.reason !== 'unreachable') failures.tell(answer);
      return answer.ok;
    },
    figures: () => ({ ...remembered.counts, isCut: circuit.isOpen }),
    get reachable() {
      const followed = caughtUp || clock().getTime() - changes.knownUntilMs < FRESH_MS;
      return circuit.isWell && followed;
    },
  };
}

/** What is in the cache and known to be right, with how often it was wanted. */
function createRemembered(cache: ProductCache) {
  const counts = { hits: 0, misses: 0 };
  return {
    counts,
    answers(productIds: readonly number[]) {
      const answers = freshAnswers(cache, productIds);
      counts.hits += answers?.length ?? 0;
      return answers;
    },
    find(id: number) {
      const product = cache.find(id, FRESH_MS);
      if (product) counts.hits += 1;
      else counts.misses += 1;
      return product;
    },
  };
}

function createLookUp(
  remembered: ReturnType<typeof createRemembered>,
  lookups: Pick<ProductLookups, 'lookUp'>,
): ProductCatalogue['lookUp'] {
  async function answerFor(id: number, when?: 'now'): Promise<CatalogueAnswer> {
    const product = when ? null : remembered.find(id);
    return product ? { type: 'found', product } : lookups.lookUp(id);
  }

  return async (productIds, when) => {
    // A promise for each of a thousand products takes as long as to decide on them.
    const fresh = when ? null : remembered.answers(productIds);
    return fresh ?? Promise.all(productIds.map((id) => answerFor(id, when)));
  };
}

/** Null when one of them would have to be asked for. */
function freshAnswers(
  cache: ProductCache,
  productIds: readonly number[],
): readonly CatalogueAnswer[] | null {
  const answers: CatalogueAnswer[] = [];
  for (const id of productIds) {
    const product = cache.find(id, FRESH_MS);
    if (product === null) return null;
    answers.push({ type: 'found', product });
  }
  return answers;
}

/** Null when one of the calls failed. */
async function describeEach(
  productIds: readonly number[],
  ask: (ids: readonly number[]) => Promise<ProductsAnswer<ProductDescription> | null>,
): Promise<ReadonlyMap<number, ProductDescription> | null> {
  const described = new Map<number, ProductDescription>();
  for (let start = 0; start < productIds.length; start += MAX_IDS_A_CALL) {
    const answer = await ask(productIds.slice(start, start + MAX_IDS_A_CALL));
    if (!answer?.ok) return null;
    for (const [id, product] of answer.products) described.set(id, product);
  }
  return described;
}

interface FailureReports {
  /** Gives the answer back, and reports why there is none. */
  tell<Answer extends { readonly ok: true } | NoProductsAnswer>(answer: Answer): Answer;
}

/** Each reason is reported once a minute at most. */
function createFailureReports(clock: Clock, onFailure: (reason: string) => void): FailureReports {
  const toldAtMs = new Map<string, number>();
  return {
    tell(answer) {
      if (answer.ok || answer.reason === 'closed') return answer;
      const reason = `${answer.reason}: ${answer.detail}`;
      const now = clock().getTime();
      if (now - (toldAtMs.get(reason) ?? -Infinity) >= TELL_AGAIN_MS) {
        toldAtMs.set(reason, now);
        onFailure(reason);
      }
      return answer;
    },
  };
}
