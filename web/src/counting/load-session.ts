import type { Api, Product, Result } from '../api/index.ts';
import { itemOf, type CountFilter, type CountItem, type CountSession } from './count-session.ts';

/** Divides the sizes of sessions. */
const MOST_A_PAGE = 60;
/** The movements of so long before a round are compared, too: clocks are exact to a second. */
const MARGIN_MS = 1_500;

type Loader = Pick<Api, 'products' | 'levelsById' | 'clockAheadMs'>;

/** How a round is counted. */
export type CountStyle = Pick<CountSession, 'isBlind' | 'scansCount'>;

/**
 * Loads all that a session needs, so that it goes on without a connection. Products come by their
 * names. Null when there are none.
 */
export async function loadSession(
  api: Loader,
  filter: CountFilter,
  style: CountStyle,
): Promise<Result<CountSession | null>> {
  const clock = await api.clockAheadMs();
  if (!clock.ok) return clock;
  const clockAheadMs = clock.value;
  const startedAt = new Date(Date.now() + clockAheadMs - MARGIN_MS).toISOString();
  const found = await productsFor(api, filter);
  if (!found.ok) return found;
  const { products, total } = found.value;
  if (products.length === 0) return { ok: true, value: null };
  const items = await itemsFor(api, products);
  if (!items.ok) return items;
  const session = { filter, total, ...style, startedAt, clockAheadMs, items: items.value };
  return { ok: true, value: session };
}

/** Products as they are counted, in their order, beside what the ledger has now. */
export async function itemsFor(
  api: Pick<Loader, 'levelsById'>,
  products: readonly Product[],
): Promise<Result<readonly CountItem[]>> {
  const levels = await api.levelsById(products.map(({ id }) => id));
  if (!levels.ok) return levels;
  const onHandById = new Map(levels.value.map(({ productId, onHand }) => [productId, onHand]));
  const items = products.map((product) => itemOf(product, onHandById.get(product.id) ?? null));
  return { ok: true, value: items };
}

async function productsFor(
  api: Loader,
  { tag, search, size, offset }: CountFilter,
): Promise<Result<{ products: readonly Product[]; total: number }>> {
  const pageSize = Math.min(size, MOST_A_PAGE);
  const products: Product[] = [];
  let total = 0;
  for (let number = offset / pageSize + 1; products.length < size; number += 1) {
    const words = { ...(tag && { tag }), ...(search && { search }) };
    const page = await api.products({ ...words, sort: 'name', number, size: pageSize });
    if (!page.ok) return page;
    products.push(...page.value.items);
    ({ total } = page.value);
    if (page.value.items.length < pageSize) break;
  }
  return { ok: true, value: { products, total } };
}
