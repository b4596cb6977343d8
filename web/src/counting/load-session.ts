import type { Api, Product, Result } from '../api/index.ts';
import { itemOf, type CountFilter, type CountSession } from './count-session.ts';

/** Divides the sizes of sessions. */
const MOST_A_PAGE = 60;
/** The movements of so long before a round are compared, too: clocks are exact to a second. */
const MARGIN_MS = 1_500;

type Loader = Pick<Api, 'products' | 'levelsById' | 'clockAheadMs'>;

/**
 * Loads all that a session needs, so that it goes on without a connection. Products come by their
 * names. Null when there are none.
 */
export async function loadSession(
  api: Loader,
  filter: CountFilter,
  isBlind: boolean,
): Promise<Result<CountSession | null>> {
  const clock = await api.clockAheadMs();
  if (!clock.ok) return clock;
  const clockAheadMs = clock.value;
  const startedAt = new Date(Date.now() + clockAheadMs - MARGIN_MS).toISOString();
  const found = await productsFor(api, filter);
  if (!found.ok) return found;
  const { products, total } = found.value;
  if (products.length === 0) return { ok: true, value: null };
  const levels = await api.levelsById(products.map(({ id }) => id));
  if (!levels.ok) return levels;
  const onHandById = new Map(levels.value.map(({ productId, onHand }) => [productId, onHand]));
  const items = products.map((product) => itemOf(product, onHandById.get(product.id) ?? null));
  const session = { filter, total, isBlind, startedAt, clockAheadMs, items, saving: null };
  return { ok: true, value: session };
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
