import type { Level, Product, ProductInput } from '../api/index.ts';
import type { RowTexts } from './column-mapping.ts';
import { REPLACEMENT } from './decode-text.ts';
import type { Field } from './fields.ts';
import type { ColumnTexts } from './known-formats.ts';
import { isShortenedSku, nearKey } from './near-skus.ts';
import { readRow, SKU, valueOfCell, type ProductChange, type ReadRow } from './read-row.ts';
import { readStock, type ReadStock, type StockPlan } from './read-stock.ts';
import type { RowFault, RowWarning } from './row-faults.ts';
import { unchangedFields } from './exported-cells.ts';

/** What one row needs to become true. */
export interface PlannedRow {
  readonly line: number;
  readonly sku: string | null;
  readonly name: string;
  /** Of the price, now and then. */
  readonly currency: { readonly before: string; readonly after: string };
  /** Null for a new product. */
  readonly productId: string | null;
  /** What is to be said of the product; null when nothing. */
  readonly product: ProductInput | null;
  readonly changes: readonly ProductChange[];
  readonly stock: StockPlan | null;
  /** Undefined when it stays. */
  readonly threshold: { readonly before: number | null; readonly after: number } | undefined;
}

export interface ImportPlan {
  /** What there is to do comes first. */
  readonly rows: readonly PlannedRow[];
  readonly faults: readonly RowFault[];
  readonly warnings: readonly RowWarning[];
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** What the rows of a file are compared with. */
export interface LoadedShop {
  readonly id: string;
  /** Of products that name none. */
  readonly currency: string;
  /** Those that the rows name, and those whose SKUs are near. */
  readonly products: readonly Product[];
  readonly levels: readonly Level[];
}

/**
 * Compares rows with what there is, so that what is true already is not said again: a file that was
 * exported and not changed has nothing to say. A product is known by its id when the row is of this
 * shop, and else by its SKU; without one it is new.
 */
export function planImport(rows: readonly RowTexts[], shop: LoadedShop): ImportPlan {
  const index: ShopIndex = {
    shop,
    byId: new Map(shop.products.map((product) => [product.id, product])),
    bySku: new Map(shop.products.map((product) => [product.sku, product])),
    skuNear: new Map(shop.products.map(({ sku }) => [nearKey(sku ?? ''), sku ?? ''])),
    levels: new Map(shop.levels.map((level) => [level.productId, level])),
    keys: new Set(),
  };
  const faults: RowFault[] = [];
  const warnings: RowWarning[] = [];
  const plannedRows: PlannedRow[] = [];
  for (const row of rows) {
    const { line } = row;
    const sku = valueOfCell(row.texts.sku).trim() || null;
    const rowPlan = planRow(row, sku, index);
    if ('faults' in rowPlan) faults.push(...rowPlan.faults.map((one) => ({ line, sku, ...one })));
    else {
      plannedRows.push(rowPlan.row);
      warnings.push(...rowPlan.warnings.map((one) => ({ line, sku, ...one })));
    }
  }
  return planOf(plannedRows, faults, warnings);
}

interface ShopIndex {
  readonly shop: LoadedShop;
  readonly byId: ReadonlyMap<string, Product>;
  readonly bySku: ReadonlyMap<string | null, Product>;
  /** By their near keys; those of the rows before come in too. */
  readonly skuNear: Map<string, string>;
  readonly levels: ReadonlyMap<string, Level>;
  /** Of the rows before: each is of another product. */
  readonly keys: Set<string>;
}

type RowPlan =
  | { readonly faults: readonly Omit<RowFault, 'line' | 'sku'>[] }
  | {
      readonly row: PlannedRow;
      readonly warnings: readonly Omit<RowWarning, 'line' | 'sku'>[];
    };

const faulty = (fault: RowFault['fault']): RowPlan => ({ faults: [{ fault }] });

function planRow(row: RowTexts, sku: string | null, index: ShopIndex): RowPlan {
  if (row.fault !== null) return faulty(row.fault);
  const { texts, line } = row;
  const isOurs = texts.shop?.trim() === index.shop.id && texts.id !== undefined;
  const product =
    (isOurs ? index.byId.get(texts.id?.trim() ?? '') : sku && index.bySku.get(sku)) || null;
  if (isOurs && !product) return faulty('product-gone');
  const key = product ? `id ${product.id}` : sku === null ? `line ${line}` : `sku ${sku}`;
  if (index.keys.has(key)) return faulty('sku-twice');
  const unchanged = isOurs ? unchangedFields(texts, valueOfCell) : new Set<Field>();
  const skuReading: SkuReading = unchanged.has('sku') ? {} : readSku(sku, product, index.bySku);
  if (skuReading.fault) return faulty(skuReading.fault);

  const level = (product && index.levels.get(product.id)) ?? null;
  const rowReading = readRow(texts, product, index.shop.currency, unchanged);
  const stockReading = readStock(texts, level, isOurs, unchanged.has('lowStockThreshold'));
  const faults = [...rowReading.faults, ...stockReading.faults];
  if (faults.length > 0) return { faults };
  if (!product && (rowReading.input.name === undefined || rowReading.input.price === undefined))
    return faulty('name-and-price-needed');
  index.keys.add(key);

  const warnings: Omit<RowWarning, 'line' | 'sku'>[] = [];
  if (Object.values(texts).some((text) => text.includes(REPLACEMENT)))
    warnings.push({ warning: 'garbled' });
  if (stockReading.isNegative) warnings.push({ warning: 'stock-negative' });
  if (skuReading.isKept) warnings.push({ warning: 'sku-kept', other: product?.sku ?? '' });
  if (!product) warnings.push(...nearWarnings(sku, index));
  return {
    row: plannedFrom(line, product, level, skuReading.sku, rowReading, stockReading, index),
    warnings,
  };
}

function nearWarnings(
  sku: string | null,
  { skuNear }: ShopIndex,
): Omit<RowWarning, 'line' | 'sku'>[] {
  if (sku === null) return [{ warning: 'sku-missing' }];
  const other = skuNear.get(nearKey(sku));
  if (other !== undefined) return [{ warning: 'sku-near', other }];
  skuNear.set(nearKey(sku), sku);
  return isShortenedSku(sku) ? [{ warning: 'sku-shortened' }] : [];
}

function plannedFrom(
  line: number,
  product: Product | null,
  level: Level | null,
  sku: string | undefined,
  { input, changes }: ReadRow,
  { stock, threshold }: ReadStock,
  { shop }: ShopIndex,
): PlannedRow {
  const values = sku === undefined ? input : { ...input, sku };
  const renamed = product && sku !== undefined;
  const before = product?.currency ?? shop.currency;
  return {
    line,
    sku: sku ?? product?.sku ?? null,
    name: input.name ?? product?.name ?? '',
    currency: { before, after: input.currency ?? before },
    productId: product?.id ?? null,
    product: Object.keys(values).length > 0 ? values : null,
    changes: renamed ? [{ field: 'sku', before: product.sku, after: sku }, ...changes] : changes,
    stock,
    threshold:
      threshold === undefined
        ? undefined
        : { before: level?.lowStockThreshold ?? null, after: threshold },
  };
}

interface SkuReading {
  readonly sku?: string;
  readonly isKept?: boolean;
  readonly fault?: RowFault['fault'];
}

/** The SKU that a product gets; undefined where it stays. */
function readSku(
  sku: string | null,
  product: Product | null,
  bySku: ReadonlyMap<string | null, Product>,
): SkuReading {
  if (sku === null || sku === product?.sku) return {};
  if (!SKU.test(sku)) return { fault: 'sku-invalid' };
  if (product === null) return { sku };
  // A spreadsheet makes 7 of 007: that is no wish to rename it.
  if (product.sku !== null && nearKey(sku) === nearKey(product.sku) && /^[\d.,E+]+$/i.test(sku))
    return { isKept: true };
  return bySku.has(sku) ? { fault: 'sku-taken' } : { sku };
}

function planOf(
  plannedRows: readonly PlannedRow[],
  faults: readonly RowFault[],
  warnings: readonly RowWarning[],
): ImportPlan {
  const isNew = ({ productId }: PlannedRow) => productId === null;
  // Those that ask for a choice, then those that change something, then new ones.
  const rank = (row: PlannedRow) =>
    row.stock?.kind === 'moved'
      ? 0
      : isNew(row)
        ? 3
        : row.product !== null || row.stock?.kind === 'changed'
          ? 1
          : row.stock !== null || row.threshold !== undefined
            ? 2
            : 4;
  return {
    rows: plannedRows.toSorted((a, b) => rank(a) - rank(b)),
    faults,
    warnings,
    created: plannedRows.filter(isNew).length,
    updated: plannedRows.filter((one) => !isNew(one) && one.product !== null).length,
    unchanged: plannedRows.filter((one) => rank(one) === 4).length,
  };
}

/** The ids and SKUs that rows name: what has to be looked up. */
export function namesIn(
  rows: readonly RowTexts[],
  shopId: string,
): { ids: string[]; skus: string[] } {
  const isOurs = ({ shop, id }: ColumnTexts) => shop?.trim() === shopId && id !== undefined;
  const ids = rows.filter(({ texts }) => isOurs(texts)).map(({ texts }) => texts.id?.trim() ?? '');
  const skus = rows.map(({ texts }) => valueOfCell(texts.sku).trim());
  return {
    ids: [...new Set(ids)].filter((id) => /^[1-9]\d{0,14}$/.test(id)),
    skus: [...new Set(skus)].filter((sku) => SKU.test(sku)),
  };
}
