import type { ListPage, RowPosition } from '@anaquel/jsonapi';
import type { Level } from '../domain/level.ts';
import type { LedgerReader, LevelListRequest } from './ledger.ts';
import { notForSaleAmong } from './not-for-sale.ts';
import type { ProductCatalogue } from './product-catalogue.ts';

interface Ports {
  readonly reader: Pick<LedgerReader, 'levels'>;
  readonly catalogue: Pick<ProductCatalogue, 'lookUp'>;
}

/** This many low levels are read, and their products looked up, at a time. */
const LEVELS_AT_ONCE = 1_000;

/**
 * A page of levels. Only products that are for sale have low stock, so a filter by it looks up the
 * products at or below their threshold.
 */
export async function listLevels(
  ports: Ports,
  request: LevelListRequest,
): Promise<ListPage<Level>> {
  const others = request.filters.filter(({ field }) => field !== 'lowStock');
  if (others.length === request.filters.length) return ports.reader.levels(request);
  const low = { field: 'lowStock', operator: 'eq', value: true } as const;
  const notForSale: number[] = [];
  let after: RowPosition | null = null;
  // Ends because ids grow from page to page.
  do {
    const page: ListPage<Level> = await ports.reader.levels({
      filters: [...others, low],
      sort: [{ field: 'id', descending: false }],
      page: { style: 'cursor', size: LEVELS_AT_ONCE, after, before: null },
    });
    const ids = page.items.map(({ productId }) => productId);
    notForSale.push(...(await notForSaleAmong(ports.catalogue, ids)));
    after = page.hasNext ? (page.positions?.at(-1) ?? null) : null;
  } while (after);
  return ports.reader.levels(request, notForSale);
}
