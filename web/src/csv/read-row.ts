import type { Product, ProductInput } from '../api/index.ts';
import { productStatuses, type ProductStatus } from '../api/products.ts';
import { currencies } from '../money/currencies.ts';
import { readMoney } from '../money/read-money.ts';
import { canonicalBarcode, corrected } from '../products/barcodes.ts';
import { readWholeNumber } from '../products/product-draft.ts';
import { MAX_BARCODES, MAX_CHARACTERS, MAX_TAGS } from '../texts.ts';
import { uncloak } from './csv-table.ts';
import { plainName, type Field } from './fields.ts';
import type { ColumnTexts } from './known-formats.ts';
import { isShortenedSku, nearKey } from './near-skus.ts';
import { productCells, splitList } from './product-cells.ts';
import type { RowFault } from './row-faults.ts';

/** Some of what a row says of a product differs from what there is. */
export interface ProductChange {
  readonly field: keyof ProductInput;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ReadRow {
  /** What there is to say; empty when all is so already. */
  readonly input: ProductInput;
  readonly changes: readonly ProductChange[];
  readonly faults: readonly Pick<RowFault, 'fault' | 'number'>[];
}

const STATUSES: Readonly<Record<string, ProductStatus>> = {
  activo: 'active',
  published: 'active',
  publicado: 'active',
  yes: 'active',
  y: 'active',
  true: 'active',
  1: 'active',
  borrador: 'draft',
  unlisted: 'draft',
  no: 'draft',
  n: 'draft',
  false: 'draft',
  0: 'draft',
  2: 'draft',
  archivado: 'archived',
};
export const SKU = /^[!-~]{1,64}$/;
// oxlint-disable-next-line no-control-regex -- They are what is refused.
const ONE_LINE = /^[^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]+$/;
/**
 * What shows something: letters, digits, signs and pictures, and nothing that only shapes or hides
 * others.
 */
const SHOWS = /[^\s\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
const AT_THE_ENDS = /^[\s\u00AD\u200B\u2060]+|[\s\u00AD\u200B\u2060]+$/g;
const IMAGE = /^(?:https:\/\/[^\s/?#@\\]+(?:[/?#][^\s\\"<>]*)?|\/(?![/\\])[^\s\\"<>]*)$/;

/** As the API counts: a character is a code point. */
const isWithin = (text: string, most: number) =>
  text.length <= most || Array.from(text).length <= most;

const isLine = (text: string, most: number) =>
  ONE_LINE.test(text) && SHOWS.test(text) && isWithin(text, most);

type TextField = Exclude<keyof ProductInput, 'sku' | 'price'>;

interface TextRule {
  /** Why a text is none. */
  readonly fault: RowFault['fault'];
  /** A product that is there may tell what a spreadsheet has made another of. */
  readonly parse: (text: string, product: Product | null) => unknown;
}

/** How the cells are read that need nothing beside them. */
const TEXTS: Readonly<Record<TextField, TextRule>> = {
  name: {
    fault: 'name-invalid',
    parse: (text) => (isLine(text, MAX_CHARACTERS.name) ? text : undefined),
  },
  description: {
    fault: 'description-invalid',
    parse: (text) => (isWithin(text, MAX_CHARACTERS.description) ? text : undefined),
  },
  currency: {
    fault: 'currency-invalid',
    parse: (text) => (currencies.includes(text.toUpperCase()) ? text.toUpperCase() : undefined),
  },
  status: { fault: 'status-unknown', parse: statusIn },
  tags: { fault: 'tags-invalid', parse: tagsIn },
  imageUrl: {
    fault: 'image-invalid',
    parse: (text) =>
      IMAGE.test(text) && isWithin(text, MAX_CHARACTERS.imageUrl) ? text : undefined,
  },
  barcodes: { fault: 'barcodes-invalid', parse: barcodesIn },
  packSize: {
    fault: 'pack-size-invalid',
    parse: (text) => readWholeNumber(text, 'packSize') ?? undefined,
  },
  leadTimeDays: {
    fault: 'lead-time-invalid',
    parse: (text) => readWholeNumber(text, 'leadTimeDays') ?? undefined,
  },
  supplier: {
    fault: 'supplier-invalid',
    parse: (text) => (isLine(text, MAX_CHARACTERS.supplier) ? text : undefined),
  },
};
// The object above has no other keys.
const textFields = Object.keys(TEXTS) as TextField[];

/**
 * What a cell stands for: what made it safe for spreadsheets is taken away, and letters are
 * composed as the catalogue keeps them.
 */
export function valueOfCell(text: string | undefined): string {
  return uncloak(text ?? '').normalize('NFC');
}

/**
 * Reads what a row says of a product, or of a new one, by the rules of the API. A cell that says
 * what there is changes nothing, whatever it could mean elsewhere.
 */
export function readRow(
  texts: ColumnTexts,
  product: Product | null,
  defaultCurrency: string,
  unchanged: ReadonlySet<Field> = new Set(),
): ReadRow {
  const faults: Pick<RowFault, 'fault' | 'number'>[] = [];
  const present = product && productCells(product);
  // A price is nothing without its currency, so both were changed or neither was.
  const isMoneySeen = unchanged.has('price') && unchanged.has('currency');
  const input: Partial<Record<keyof ProductInput, unknown>> = {};
  for (const field of textFields) {
    const raw = texts[field];
    const isSeen = field === 'currency' ? isMoneySeen : unchanged.has(field);
    if (isSeen || raw === undefined || raw.trim() === '') continue;
    if (uncloak(raw) === present?.[field]) continue;
    const text = valueOfCell(raw);
    if (present && sameText(text, present[field])) continue;
    const { fault, parse } = TEXTS[field];
    const value = parse(field === 'description' ? text : text.replace(AT_THE_ENDS, ''), product);
    if (value === undefined) faults.push({ fault });
    else input[field] = value;
  }
  if (!isMoneySeen) readPrice(texts, product, defaultCurrency, input, faults);

  const values = product ? differing(input, product) : input;
  const changes = Object.entries(values).map(([name, after]): ProductChange => {
    const field = name as keyof ProductInput;
    return { field, before: product?.[field], after };
  });
  return { input: values as ProductInput, changes, faults };
}

function readPrice(
  texts: ColumnTexts,
  product: Product | null,
  defaultCurrency: string,
  input: Partial<Record<keyof ProductInput, unknown>>,
  faults: Pick<RowFault, 'fault' | 'number'>[],
): void {
  const text = valueOfCell(texts.price).trim();
  const rowCurrency = input.currency as string | undefined;
  const currency = rowCurrency ?? product?.currency ?? defaultCurrency;
  if (text === '') {
    // Else it would be the same number of another money.
    if (product && rowCurrency !== undefined && rowCurrency !== product.currency)
      faults.push({ fault: 'currency-needs-price' });
    return;
  }
  let price = readMoney(text, { currency, locale: null });
  if (!price.ok && price.fault === 'wrong-currency' && !product && texts.currency === undefined) {
    // The price of a new product may say itself what it is in.
    const signReading = readMoney(text, { currency: null, locale: null });
    if (signReading.ok && signReading.currency !== null) {
      price = signReading;
      input.currency = signReading.currency;
    }
  }
  if (price.ok) input.price = price.amount;
  else if (isPresent(price.readings, product, currency)) input.price = product?.price;
  else faults.push({ fault: 'price-invalid', number: price });
}

/** What can be read in two ways, one of which is what there is, is no change. */
function isPresent(
  readings: readonly number[] | undefined,
  product: Product | null,
  currency: string,
): boolean {
  return product !== null && currency === product.currency && !!readings?.includes(product.price);
}

function differing(
  input: Partial<Record<keyof ProductInput, unknown>>,
  product: Product,
): Record<string, unknown> {
  const values = Object.fromEntries(
    Object.entries(input).filter(
      ([name, value]) => JSON.stringify(product[name as keyof Product]) !== JSON.stringify(value),
    ),
  );
  // A new currency needs its price beside it.
  return values['currency'] === undefined ? values : { ...values, price: input.price };
}

/** Spreadsheets change line ends. */
function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.replace(/\r\n?/g, '\n').normalize('NFC');
  return plain(a) === plain(b);
}

function statusIn(text: string): ProductStatus | undefined {
  if (text === '-1') return 'draft';
  const plain = plainName(text);
  return productStatuses.find((status) => status === plain) ?? STATUSES[plain];
}

function tagsIn(text: string): string[] | undefined {
  const tags = splitList(text);
  const fits = tags.every((tag) => isLine(tag, MAX_CHARACTERS.tag));
  return tags.length <= MAX_TAGS && fits ? tags : undefined;
}

/** Spreadsheets shorten numbers and take zeros away: the product's own barcodes are known again. */
function barcodesIn(text: string, product: Product | null): string[] | undefined {
  const barcodes = splitList(text).map((one) => {
    const same = product?.barcodes.find((barcode) => isSpreadsheetsOf(one, barcode));
    return same ?? canonicalBarcode(one);
  });
  const fits = barcodes.every(
    (one) => isLine(one, MAX_CHARACTERS.barcode) && !isShortenedSku(one) && corrected(one) === null,
  );
  return barcodes.length <= MAX_BARCODES && fits ? [...new Set(barcodes)] : undefined;
}

function isSpreadsheetsOf(text: string, barcode: string): boolean {
  if (!/^\d+$/.test(barcode)) return false;
  const [, whole = '', fraction = '', power] = /^(\d)(?:[.,](\d+))?E\+(\d+)$/i.exec(text) ?? [];
  if (power === undefined) return /^\d+$/.test(text) && nearKey(text) === nearKey(barcode);
  const shortened = Number(barcode).toExponential(fraction.length);
  return shortened === `${whole}${fraction && `.${fraction}`}e+${Number(power)}`;
}
