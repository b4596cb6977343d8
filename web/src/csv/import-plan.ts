import type { Level, LevelInput, Product, ProductInput } from '../api/index.ts';
import type { ProductRow, RowFault } from './product-rows.ts';

/** What one row needs to become true. */
export interface PlannedRow {
  readonly row: ProductRow;
  /** Null for a new product. */
  readonly productId: string | null;
  /** What is to be said of the product; null when nothing. */
  readonly product: ProductInput | null;
  /** What is to be said of its stock; null when nothing. */
  readonly stock: LevelInput | null;
  /** Whether someone counts its stock already. */
  readonly isTracked: boolean;
}

export interface ImportPlan {
  readonly planned: readonly PlannedRow[];
  readonly faults: readonly RowFault[];
  readonly created: number;
  readonly updated: number;
  readonly stocked: number;
  readonly unchanged: number;
}

const PRODUCT_MEMBERS = [
  'name',
  'description',
  'price',
  'currency',
  'status',
  'tags',
  'imageUrl',
] as const;

/**
 * Compares rows with what there is, so that what is true already is not said again: the same file twice changes nothing the
 * second time.
 */
export function planImport(
  rows: readonly ProductRow[],
  products: readonly Product[],
  levels: readonly Level[],
): ImportPlan {
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const byProduct = new Map(levels.map((level) => [level.productId, level]));
  const faults: RowFault[] = [];
  const planned: PlannedRow[] = [];
  for (const row of rows) {
    const product = bySku.get(row.sku);
    if (!product && (row.name === undefined || row.price === undefined)) {
      faults.push({ line: row.line, sku: row.sku, fault: 'name-and-price-needed' });
      continue;
    }
    const level = product && byProduct.get(product.id);
    planned.push({
      row,
      productId: product?.id ?? null,
      product: product ? changesOf(row, product) : { sku: row.sku, ...statedBy(row) },
      stock: stockOf(row, level),
      isTracked: level !== undefined,
    });
  }
  const isNew = ({ productId }: PlannedRow) => productId === null;
  return {
    planned,
    faults,
    created: planned.filter(isNew).length,
    updated: planned.filter((one) => !isNew(one) && one.product !== null).length,
    stocked: planned.filter(({ stock }) => stock !== null).length,
    unchanged: planned.filter(({ product, stock }) => product === null && stock === null).length,
  };
}

function statedBy(row: ProductRow): ProductInput {
  const entries = PRODUCT_MEMBERS.filter((name) => row[name] !== undefined);
  return Object.fromEntries(entries.map((name) => [name, row[name]]));
}

function changesOf(row: ProductRow, product: Product): ProductInput | null {
  const changed = Object.entries(statedBy(row)).filter(
    ([name, value]) => JSON.stringify(product[name as keyof Product]) !== JSON.stringify(value),
  );
  if (changed.length === 0) return null;
  const changes: ProductInput = Object.fromEntries(changed);
  // A new currency needs its price beside it.
  return changes.currency === undefined
    ? changes
    : { ...changes, price: row.price ?? product.price };
}

function stockOf(row: ProductRow, level: Level | undefined): LevelInput | null {
  const { onHand, lowStockThreshold } = row;
  const stock: LevelInput = {
    ...(onHand !== undefined && onHand !== level?.onHand && { onHand }),
    ...(lowStockThreshold !== undefined &&
      lowStockThreshold !== level?.lowStockThreshold && { lowStockThreshold }),
  };
  return Object.keys(stock).length > 0 ? stock : null;
}
