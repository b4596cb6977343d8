import { valueOf, type Api, type Level, type Product } from '../api/index.ts';
import { DAY_MS, rateOf, salesOf, WINDOW_DAYS, type Rate, type Sales } from './reorder.ts';

/** So many products more are looked at at a time, the scarcest first. */
const PRODUCTS_A_PAGE = 100;
/** Of each product so many of the latest movements. Of what sells fast, they say enough. */
const MOVEMENTS_A_PRODUCT = 100;
const REQUESTS_AT_ONCE = 4;

type Reader = Pick<Api, 'levels' | 'productsById' | 'movements'>;

/** A product that may have to be ordered. */
export interface ReorderItem {
  readonly product: Product;
  readonly level: Level;
  readonly sales: Sales;
  readonly rate: Rate;
}

export interface ReorderQuery {
  /** Only those with low stock. */
  readonly lowStock: boolean;
  /** How many pages of products are looked at, from 1. */
  readonly pages: number;
}

export interface Reorder {
  readonly items: readonly ReorderItem[];
  /** Whether there are scarce products behind these. */
  readonly hasMore: boolean;
}

/**
 * The scarcest products that are for sale, with how they have sold.
 * @param known what was loaded before: of a level that has not changed since, nothing is read.
 * @throws {ApiFailure}
 */
export async function loadReorder(
  api: Reader,
  { lowStock, pages }: ReorderQuery,
  signal: AbortSignal,
  nowMs: number,
  known: readonly ReorderItem[] = [],
): Promise<Reorder> {
  const { levels, hasMore } = await scarcestLevels(api, { lowStock, pages }, signal);
  const ids = levels.map(({ productId }) => productId);
  const products = new Map(
    valueOf(await api.productsById(ids, { signal })).map((product) => [product.id, product]),
  );
  const queue = levels.flatMap((level) => {
    const product = products.get(level.productId);
    return product?.status === 'active' ? [{ level, product }] : [];
  });
  const knownById = new Map(known.map((item) => [item.product.id, item]));
  const items = new Map<string, ReorderItem>();
  const order = queue.map(({ product }) => product.id);

  async function readInTurn(): Promise<void> {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { level, product } = next;
      const before = knownById.get(product.id);
      const isSame = before?.level.version === level.version;
      const sales = isSame ? before.sales : await salesSince(api, level, signal, nowMs);
      items.set(product.id, { level, product, sales, rate: rateOf(sales) });
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, readInTurn));
  return { items: order.flatMap((id) => items.get(id) ?? []), hasMore };
}

async function scarcestLevels(
  api: Reader,
  { lowStock, pages }: ReorderQuery,
  signal: AbortSignal,
): Promise<{ readonly levels: readonly Level[]; readonly hasMore: boolean }> {
  const query = { sort: 'available', size: PRODUCTS_A_PAGE, ...(lowStock && { lowStock }) };
  // A level that changes meanwhile may come to stand on the page before or after.
  const levels = new Map<string, Level>();
  let hasMore = true;
  for (let number = 1; number <= pages && hasMore; number += 1) {
    const { items } = valueOf(await api.levels({ ...query, number }, { signal }));
    for (const level of items) levels.set(level.productId, level);
    hasMore = items.length === PRODUCTS_A_PAGE;
  }
  return { levels: [...levels.values()], hasMore };
}

async function salesSince(
  api: Reader,
  level: Level,
  signal: AbortSignal,
  nowMs: number,
): Promise<Sales> {
  const query = {
    productId: level.productId,
    from: new Date(nowMs - WINDOW_DAYS * DAY_MS).toISOString(),
    sort: '-position',
    size: MOVEMENTS_A_PRODUCT,
  } as const;
  const { items } = valueOf(await api.movements(query, { signal }));
  return salesOf(level, items, items.length < MOVEMENTS_A_PRODUCT, nowMs);
}
