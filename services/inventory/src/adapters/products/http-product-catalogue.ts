import { createCircuitBreaker, type Clock, type HttpClient } from '@anaquel/runtime';
import type {
  CatalogueAnswer,
  CatalogueProduct,
  ProductCatalogue,
  ProductDescription,
} from '../../application/product-catalogue.ts';
import { createAskProducts, type ProductsAnswer } from './ask-products.ts';

/** A product seen this recently is not asked for again. */
export const FRESH_MS = 5_000;
/** A product seen this recently is sold on while Products can't answer. */
export const STALE_MS = 600_000;
/** How many products are remembered; those seen longest ago go first. */
const MAX_CACHED_PRODUCTS = 100_000;
/** Keeps the address of one call well under the usual limit of 16 KiB. */
const MAX_IDS_A_CALL = 400;
/** Many times what a lookup takes. */
const SLOW_AFTER_MS = 1_000;
/** How often one reason is told. */
const TELL_AGAIN_MS = 60_000;

interface CacheEntry {
  readonly product: CatalogueProduct;
  readonly seenAtMs: number;
}

export interface HttpProductCatalogueOptions {
  readonly client: Pick<HttpClient, 'getJson'>;
  readonly clock: Clock;
  /** Told why Products could not be used, for the log: each reason once a minute at most. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Asks the Products service. Ids that are wanted in the same turn of the event loop share a call,
 * and an id that is being asked for is not asked for twice. Only products that exist are
 * remembered: a miss is asked for again. While Products fails it is not asked but probed, and every
 * lookup is answered at once from what is remembered.
 */
export function createHttpProductCatalogue({
  client,
  clock,
  onFailure,
}: HttpProductCatalogueOptions): ProductCatalogue {
  const cache = new Map<number, CacheEntry>();
  const lookups = new Map<number, Promise<CatalogueAnswer>>();
  const toldAtMs = new Map<string, number>();
  const askProducts = createAskProducts(client, clock);
  /** The product that was asked for last: one is enough for a probe. */
  let lastId = 1;
  const circuit = createCircuitBreaker({
    probe: async () => tellFailure(await askProducts.snapshots([lastId], { once: true })),
    slowAfterMs: SLOW_AFTER_MS,
  });
  let nextBatch: Map<number, (answer: CatalogueAnswer) => void> | null = null;

  function fresh(id: number, nowMs: number): CatalogueProduct | null {
    const cached = cache.get(id);
    return cached && nowMs - cached.seenAtMs < FRESH_MS ? cached.product : null;
  }

  function answerFor(id: number, when?: 'now'): Promise<CatalogueAnswer> {
    const product = when ? null : fresh(id, clock().getTime());
    if (product) return Promise.resolve({ type: 'found', product });
    const underway = lookups.get(id);
    if (underway) return underway;
    const answer = new Promise<CatalogueAnswer>((resolve) => {
      if (!nextBatch) {
        nextBatch = new Map();
        setImmediate(askForNextBatch);
      }
      nextBatch.set(id, resolve);
    });
    lookups.set(id, answer);
    return answer;
  }

  function askForNextBatch(): void {
    const entries = [...(nextBatch ?? [])];
    nextBatch = null;
    for (let start = 0; start < entries.length; start += MAX_IDS_A_CALL) {
      void ask(new Map(entries.slice(start, start + MAX_IDS_A_CALL)));
    }
  }

  async function ask(
    waiting: ReadonlyMap<number, (answer: CatalogueAnswer) => void>,
  ): Promise<void> {
    const ids = [...waiting.keys()];
    lastId = ids.at(-1) ?? lastId;
    const answer = await circuit.call(async () => tellFailure(await askProducts.snapshots(ids)));
    for (const [id, resolve] of waiting) {
      lookups.delete(id);
      resolve(answer?.ok ? settle(id, answer.products.get(id)) : staleAnswer(id));
    }
  }

  function tellFailure<Answer extends ProductsAnswer<unknown>>(answer: Answer): Answer {
    if (answer.ok || answer.reason === 'closed') return answer;
    const reason = `${answer.reason}: ${answer.detail}`;
    const now = clock().getTime();
    if (now - (toldAtMs.get(reason) ?? -Infinity) >= TELL_AGAIN_MS) {
      toldAtMs.set(reason, now);
      onFailure(reason);
    }
    return answer;
  }

  function settle(id: number, product: CatalogueProduct | undefined): CatalogueAnswer {
    // Deleted first, so that the map stays in the order of when products were seen.
    cache.delete(id);
    if (!product) return { type: 'not-found' };
    cache.set(id, { product, seenAtMs: clock().getTime() });
    if (cache.size > MAX_CACHED_PRODUCTS) {
      const [oldest] = cache.keys();
      if (oldest !== undefined) cache.delete(oldest);
    }
    return { type: 'found', product };
  }

  function staleAnswer(id: number): CatalogueAnswer {
    const cached = cache.get(id);
    const usable = cached && clock().getTime() - cached.seenAtMs < STALE_MS;
    return usable ? { type: 'found', product: cached.product } : { type: 'unavailable' };
  }

  return {
    hasFresh(productIds) {
      const nowMs = clock().getTime();
      return productIds.every((id) => fresh(id, nowMs) !== null);
    },
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
    get reachable() {
      return circuit.isWell;
    },
  };
}
