import type { Level, Product, ProductInput } from '../api/index.ts';
import { region } from '../i18n/index.ts';
import { amountText } from '../money/amount-text.ts';
import { readMoney, type MoneyFault } from '../money/read-money.ts';
import { readQuantity, type QuantityFault } from '../money/read-quantity.ts';
import { characterCount, MAX_CHARACTERS } from '../texts.ts';
import type { ProductChange } from './product-changes.ts';

/** What of a product is edited in the cells of the table, in the order of the columns. */
export const sheetFields = ['name', 'sku', 'price', 'threshold'] as const;
export type SheetField = (typeof sheetFields)[number];

export type CellFault = 'required' | 'too-long' | MoneyFault | QuantityFault;

export interface SheetRow {
  readonly product: Product;
  /** Undefined where nobody keeps count of it: then it has no threshold. */
  readonly level: Level | undefined;
}

/** What stands in a cell before it is edited. */
export function originalText({ product, level }: SheetRow, field: SheetField): string {
  switch (field) {
    case 'price':
      return amountText(product.price, product.currency, region.value);
    case 'threshold':
      return String(level?.lowStockThreshold ?? '');
    default:
      return product[field] ?? '';
  }
}

/** What is wrong with a text in a cell. */
export function cellFault(
  { product }: SheetRow,
  field: SheetField,
  cell: string,
): CellFault | null {
  const text = cell.trim();
  if (field === 'price') {
    const reading = readMoney(text, { currency: product.currency, locale: region.value });
    return reading.ok ? null : reading;
  }
  if (field === 'threshold') {
    const reading = readQuantity(text, region.value);
    return text === '' || reading.ok ? null : reading;
  }
  if (field === 'name' && text === '') return 'required';
  return characterCount(text) > MAX_CHARACTERS[field] ? 'too-long' : null;
}

/** What the edited cells of a row, which have no faults, make of its product. */
export function changeOf(row: SheetRow, edited: ReadonlyMap<SheetField, string>): ProductChange {
  const { product, level } = row;
  const input: { -readonly [Name in keyof ProductInput]: ProductInput[Name] } = {};
  const text = (field: SheetField) => edited.get(field)?.trim() ?? '';
  if (edited.has('name')) input.name = text('name');
  if (edited.has('sku')) input.sku = text('sku') || null;
  if (edited.has('price')) {
    const context = { currency: product.currency, locale: region.value };
    const reading = readMoney(text('price'), context);
    if (reading.ok) input.price = reading.amount;
  }
  if (!edited.has('threshold')) return { product, input };
  const reading = readQuantity(text('threshold'), region.value);
  const before = level?.lowStockThreshold ?? null;
  return { product, input, threshold: { before, after: reading.ok ? reading.units : null } };
}
