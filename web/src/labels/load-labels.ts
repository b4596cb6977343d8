import {
  valueOf,
  type Api,
  type ListOf,
  type Page,
  type Product,
  type ProductQuery,
  type Result,
} from '../api/index.ts';
import { levelsOf, type StockFilter } from '../queries/catalogue.ts';
import { loadConsignment } from '../queries/consignment.ts';
import { MOST_LABELS } from './place-labels.ts';

/** Whose labels are wanted. */
export type LabelSource =
  | { readonly kind: 'filter'; readonly query: ProductQuery }
  | { readonly kind: 'stock'; readonly stock: StockFilter }
  | { readonly kind: 'chosen'; readonly ids: readonly string[] }
  /** What came with a consignment, by the id of one of its receipts. */
  | { readonly kind: 'consignment'; readonly movementId: string };

export interface LabelItem {
  readonly product: Product;
  /** Units; null where it is not about a consignment. */
  readonly received: number | null;
}

export interface LabelItems {
  /** None where there are more products than labels in a PDF. */
  readonly items: readonly LabelItem[];
  readonly total: number;
  /** How many of them are no products any more. */
  readonly gone: number;
}

const ITEMS_A_PAGE = 100;

export async function loadLabels(
  api: Api,
  source: LabelSource,
  signal?: AbortSignal,
): Promise<LabelItems> {
  if (source.kind === 'filter') {
    const { items, total } = await everyPage((page) =>
      api.products({ ...source.query, ...page }, { signal }),
    );
    return { items: items.map((product) => ({ product, received: null })), total, gone: 0 };
  }
  const received = new Map<string, number | null>();
  let total: number | undefined;
  if (source.kind === 'stock') {
    const levels = await everyPage((page) =>
      api.levels({ ...levelsOf(source.stock), ...page }, { signal }),
    );
    for (const { productId } of levels.items) received.set(productId, null);
    total = levels.total;
  } else if (source.kind === 'chosen') {
    for (const id of source.ids) received.set(id, null);
  } else {
    const { receipts } = await loadConsignment(source.movementId, signal);
    for (const { productId, onHandDelta } of receipts)
      if (productId !== null) received.set(productId, (received.get(productId) ?? 0) + onHandDelta);
  }
  const ids = [...received.keys()];
  total ??= ids.length;
  if (total > MOST_LABELS) return { items: [], total, gone: 0 };
  const products = valueOf(await api.productsById(ids, { signal }));
  const byId = new Map(products.map((product) => [product.id, product]));
  const items = ids.flatMap((id) => {
    const product = byId.get(id);
    return product ? [{ product, received: received.get(id) ?? null }] : [];
  });
  return { items, total, gone: ids.length - items.length };
}

/** The items of all pages of a list; none where there are too many. */
async function everyPage<Item>(
  read: (page: Page) => Promise<Result<ListOf<Item>>>,
): Promise<Pick<ListOf<Item>, 'items' | 'total'>> {
  const items: Item[] = [];
  let total = 0;
  for (let number = 1; number <= MOST_LABELS / ITEMS_A_PAGE; number += 1) {
    const page = valueOf(await read({ number, size: ITEMS_A_PAGE }));
    total = page.total;
    if (total > MOST_LABELS) return { items: [], total };
    items.push(...page.items);
    if (page.items.length < ITEMS_A_PAGE) break;
  }
  return { items, total };
}
