import { valueOf, type Api, type Level, type Product } from '../api/index.ts';
import { DAY_MS, rateOf, salesOf, WINDOW_DAYS, type Rate, type Sales } from './reorder.ts';

/** So many products are looked at, the scarcest first. */
const MOST_PRODUCTS = 100;
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

/**
 * The scarcest products that are for sale, with how they have sold; by choice only those with low
 * stock.
 * @throws {ApiFailure}
 */
export async function loadReorder(
  api: Reader,
  lowStock: boolean,
  signal: AbortSignal,
  nowMs: number,
): Promise<readonly ReorderItem[]> {
  const query = { sort: 'available', size: MOST_PRODUCTS, ...(lowStock && { lowStock }) };
  const levels = valueOf(await api.levels(query, { signal })).items;
  const ids = levels.map(({ productId }) => productId);
  const products = new Map(
    valueOf(await api.productsById(ids, { signal })).map((product) => [product.id, product]),
  );
  const queue = levels.flatMap((level) => {
    const product = products.get(level.productId);
    return product?.status === 'active' ? [{ level, product }] : [];
  });
  const items = new Map<string, ReorderItem>();
  const order = queue.map(({ product }) => product.id);

  async function readInTurn(): Promise<void> {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { level, product } = next;
      const sales = await salesSince(api, level, signal, nowMs);
      items.set(product.id, { level, product, sales, rate: rateOf(sales) });
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, readInTurn));
  return order.flatMap((id) => items.get(id) ?? []);
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
