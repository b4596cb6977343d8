import type { Clock, HttpClient } from '@anaquel/runtime';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type {
  CatalogueAnswer,
  CatalogueProduct,
  ProductCatalogue,
} from '../application/product-catalogue.ts';

/** A product seen this recently is not asked for again. */
export const FRESH_MS = 5_000;
/** A product seen this recently is sold on while Products can't answer. */
export const STALE_MS = 600_000;
/** How many products are remembered; those seen longest ago go first. */
const MAX_CACHED_PRODUCTS = 100_000;
/** Keeps the address of one call well under the usual limit of 16 KiB. */
const MAX_IDS_A_CALL = 400;

const answerSchema = Compile(
  Type.Object({
    data: Type.Array(
      Type.Object({
        id: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }),
        attributes: Type.Object({
          name: Type.String(),
          sku: Type.Union([Type.String(), Type.Null()]),
          status: Type.Union([
            Type.Literal('active'),
            Type.Literal('draft'),
            Type.Literal('archived'),
          ]),
          priceMinor: Type.Integer({ minimum: 0 }),
          currency: Type.String(),
          currencyDecimals: Type.Integer({ minimum: 0, maximum: 4 }),
        }),
      }),
    ),
  }),
);

interface Cached {
  readonly product: CatalogueProduct;
  readonly seenAtMs: number;
}

export interface HttpProductCatalogueOptions {
  readonly client: Pick<HttpClient, 'getJson'>;
  readonly clock: Clock;
  /** Told why Products could not be used, for the log. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Asks the Products service. Ids that are wanted in the same turn of the event loop share a call, and an id that is
 * being asked for is not asked for twice. Only products that exist are remembered: a miss is asked for again.
 */
export function createHttpProductCatalogue({
  client,
  clock,
  onFailure,
}: HttpProductCatalogueOptions): ProductCatalogue {
  const cache = new Map<number, Cached>();
  const asked = new Map<number, Promise<CatalogueAnswer>>();
  let wanted: Map<number, (answer: CatalogueAnswer) => void> | null = null;
  let reachable = true;

  function answerFor(id: number, when?: 'now'): Promise<CatalogueAnswer> {
    const cached = cache.get(id);
    if (!when && cached && clock().getTime() - cached.seenAtMs < FRESH_MS)
      return Promise.resolve({ type: 'found', product: cached.product });
    const underway = asked.get(id);
    if (underway) return underway;
    const answer = new Promise<CatalogueAnswer>((resolve) => {
      if (!wanted) {
        wanted = new Map();
        setImmediate(askForWanted);
      }
      wanted.set(id, resolve);
    });
    asked.set(id, answer);
    return answer;
  }

  function askForWanted(): void {
    const entries = [...(wanted ?? [])];
    wanted = null;
    for (let start = 0; start < entries.length; start += MAX_IDS_A_CALL) {
      void ask(new Map(entries.slice(start, start + MAX_IDS_A_CALL)));
    }
  }

  async function ask(
    waiting: ReadonlyMap<number, (answer: CatalogueAnswer) => void>,
  ): Promise<void> {
    const ids = [...waiting.keys()];
    const found = await fetchProducts(ids).catch((error: unknown) => unusable(String(error)));
    reachable = found !== null;
    for (const [id, resolve] of waiting) {
      asked.delete(id);
      resolve(found ? settle(id, found.get(id)) : staleAnswer(id));
    }
  }

  async function fetchProducts(
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, CatalogueProduct> | null> {
    const answer = await client.getJson(`/internal/products?filter[id]=${ids.join(',')}`);
    if (!answer.ok) return unusable(`${answer.reason}: ${answer.detail}`);
    if (answer.status !== 200) return unusable(`Products answered ${answer.status}`);
    if (!answerSchema.Check(answer.body))
      return unusable('Products gave an answer of another shape');
    const asOf = clock().toISOString();
    return new Map(
      answer.body.data.map(({ id, attributes }) => {
        const { name, sku, status, priceMinor, currency, currencyDecimals } = attributes;
        const productId = Number(id);
        return [
          productId,
          { productId, name, sku, status, unitPrice: priceMinor, currency, currencyDecimals, asOf },
        ];
      }),
    );
  }

  function unusable(reason: string): null {
    onFailure(reason);
    return null;
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
    lookUp: (productIds, when) => Promise.all(productIds.map((id) => answerFor(id, when))),
    get reachable() {
      return reachable;
    },
  };
}
