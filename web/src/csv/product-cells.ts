import type { Level, Product, ProductInput } from '../api/index.ts';
import type { Field } from './fields.ts';
import { sumsOfCells } from './exported-cells.ts';

/** What a file of ours says of a product and its stock, and what was seen when it was written. */
export function exportCells(
  product: Product,
  level: Level | undefined,
  shopId: string,
): Readonly<Record<Field, string>> {
  const cells = {
    ...productCells(product),
    stock: textOf(level?.onHand),
    lowStockThreshold: textOf(level?.lowStockThreshold),
  };
  return {
    ...cells,
    id: product.id,
    seenStock: cells.stock,
    seenVersion: textOf(level?.version),
    seenProduct: sumsOfCells(cells),
    shop: shopId,
  };
}

/** A cell that says what one of these does changes nothing. */
export function productCells(product: Product): Readonly<Record<keyof ProductInput, string>> {
  return {
    sku: product.sku ?? '',
    name: product.name,
    description: product.description ?? '',
    price: priceText(product.price),
    currency: product.currency,
    status: product.status,
    tags: joinList(product.tags),
    imageUrl: product.imageUrl ?? '',
    barcodes: joinList(product.barcodes),
    packSize: textOf(product.packSize),
    leadTimeDays: textOf(product.leadTimeDays),
    supplier: product.supplier ?? '',
  };
}

/** Three decimals could be taken for a thousand; a fourth makes them plain. */
const priceText = (price: number) => String(price).replace(/\.\d{3}$/, '$&0');
const textOf = (value: number | null | undefined) => String(value ?? '');

/**
 * Tags or barcodes in one cell. What separates them in a file stands behind a backslash when it is
 * part of one.
 */
export function joinList(texts: readonly string[]): string {
  return texts.map((text) => text.replace(/[\\|;,]/g, '\\$&')).join('|');
}

/**
 * Tags or barcodes of a cell, separated by bars, semicolons or commas. A backslash before anything
 * else stands for itself.
 */
export function splitList(text: string): string[] {
  const parts = text.match(/(?:\\[\\|;,]|[^|;,])+/g) ?? [];
  const texts = parts.map((part) => part.replace(/\\([\\|;,])/g, '$1').trim());
  return [...new Set(texts)].filter((one) => one !== '');
}
