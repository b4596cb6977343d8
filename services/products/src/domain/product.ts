import { currencyDecimals, MAX_DECIMALS, majorUnits, minorUnits } from '@anaquel/money';
import { readBarcodes, type BarcodeProblem } from './barcode.ts';

export const productStatuses = ['active', 'draft', 'archived'] as const;
export type ProductStatus = (typeof productStatuses)[number];

/** What a person decides about a product. */
export interface ProductDetails {
  /** Unique among products that aren't deleted. */
  readonly sku: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly status: ProductStatus;
  readonly imageUrl: string | null;
  readonly tags: readonly string[];
  /** Each unique among products that aren't deleted, in the form of `canonicalBarcode`. */
  readonly barcodes: readonly string[];
  /** Units that one can order no part of, 1 to 10⁶. */
  readonly packSize: number | null;
  /** From an order to its delivery, 0 to 365. */
  readonly leadTimeDays: number | null;
  readonly supplier: string | null;
}

/** A product before the store gave it its id. */
export interface NewProduct extends ProductDetails {
  /** In the currency's minor units, at most 10¹³. */
  readonly priceMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  /** 1, and one more with each change. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Product extends NewProduct {
  readonly id: number;
}

/** As a client states it. Absent members mean the default, or no change. */
export interface ProductInput extends Partial<ProductDetails> {
  /** In major units. */
  readonly price?: number;
  readonly currency?: string;
}

export type ProductProblem =
  | { readonly type: 'unknown-currency'; readonly currency: string }
  | { readonly type: 'price-out-of-range' }
  | { readonly type: 'too-many-decimals'; readonly currency: string; readonly decimals: number }
  | { readonly type: 'currency-needs-price' }
  | BarcodeProblem;

type Outcome<Value> = { ok: true; value: Value } | { ok: false; error: ProductProblem };

/** What a product has where its input, or what was kept of it, says nothing. */
export const UNSTATED: Omit<ProductDetails, 'name'> = {
  sku: null,
  description: null,
  status: 'active',
  imageUrl: null,
  tags: [],
  barcodes: [],
  packSize: null,
  leadTimeDays: null,
  supplier: null,
};

export function newProduct(
  input: ProductInput & { name: string; price: number },
  defaultCurrency: string,
  at: string,
): Outcome<NewProduct> {
  const currency = input.currency ?? defaultCurrency;
  const price = priceIn(currency, input.price);
  if (!price.ok) return price;
  const barcodes = readBarcodes(input.barcodes ?? UNSTATED.barcodes);
  if (!barcodes.ok) return barcodes;
  const { price: _, ...details } = input;
  return {
    ok: true,
    value: {
      ...UNSTATED,
      ...details,
      barcodes: barcodes.value,
      currency,
      priceMinor: price.value,
      version: 1,
      createdAt: at,
      updatedAt: at,
    },
  };
}

/**
 * The product after the change; the same object when nothing differs. A new currency without a
 * price would be a new price by accident.
 */
export function changeProduct(product: Product, input: ProductInput, at: string): Outcome<Product> {
  const { price, ...details } = input;
  const currency = input.currency ?? product.currency;
  if (currency !== product.currency && price === undefined)
    return { ok: false, error: { type: 'currency-needs-price' } };
  const newPrice =
    price === undefined
      ? { ok: true as const, value: product.priceMinor }
      : priceIn(currency, price);
  if (!newPrice.ok) return newPrice;
  const barcodes = readBarcodes(input.barcodes ?? product.barcodes);
  if (!barcodes.ok) return barcodes;
  const changed = {
    ...product,
    ...details,
    barcodes: barcodes.value,
    priceMinor: newPrice.value,
  };
  if (isSame(product, changed)) return { ok: true, value: product };
  return { ok: true, value: { ...changed, version: product.version + 1, updatedAt: at } };
}

export function priceOf({
  priceMinor,
  currency,
}: Pick<Product, 'priceMinor' | 'currency'>): number {
  return majorUnits(priceMinor, decimalsOf(currency));
}

/** Decimals of a product's currency. One that ISO 4217 withdrew after it was stored counts as 2. */
export function decimalsOf(currency: string): number {
  return currencyDecimals(currency) ?? 2;
}

/**
 * Amounts of different currencies in one unit, 10⁻⁴ of the major one, so that prices sort by their
 * amounts.
 */
export function comparablePrice({
  priceMinor,
  currency,
}: Pick<Product, 'priceMinor' | 'currency'>): number {
  return priceMinor * 10 ** (MAX_DECIMALS - decimalsOf(currency));
}

function priceIn(currency: string, price: number): Outcome<number> {
  const decimals = currencyDecimals(currency);
  if (decimals === undefined) return { ok: false, error: { type: 'unknown-currency', currency } };
  const amount = minorUnits(price, decimals);
  if (amount.ok) return { ok: true, value: amount.minorUnits };
  if (amount.problem === 'out-of-range')
    return { ok: false, error: { type: 'price-out-of-range' } };
  return { ok: false, error: { type: 'too-many-decimals', currency, decimals } };
}

const BOOKKEEPING: ReadonlySet<string> = new Set([
  'version',
  'updatedAt',
] satisfies (keyof Product)[]);

/**
 * Whether nothing was changed but the bookkeeping. Compares every other member, so none can be
 * forgotten here.
 */
function isSame(a: Product, b: Product): boolean {
  const names = (Object.keys(a) as (keyof Product)[]).filter((name) => !BOOKKEEPING.has(name));
  return names.every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}
