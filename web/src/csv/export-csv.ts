import type { Level, Product } from '../api/index.ts';
import { writeCsv } from './parse-csv.ts';
import { columns } from './product-rows.ts';

/** All products and their stock, in the columns that an import reads. */
export function exportCsv(products: readonly Product[], levels: readonly Level[]): string {
  const byProduct = new Map(levels.map((level) => [level.productId, level]));
  const rows = products.map((product) => {
    const level = byProduct.get(product.id);
    const values = {
      ...product,
      tags: product.tags.join('|'),
      onHand: level?.onHand ?? null,
      lowStockThreshold: level?.lowStockThreshold ?? null,
    };
    return columns.map((column) => values[column]);
  });
  return writeCsv([columns, ...rows]);
}

/** Hands a text to the person at the browser, as a file. */
export function download(name: string, text: string): void {
  // With the mark at its beginning, spreadsheets know that it is UTF-8.
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
