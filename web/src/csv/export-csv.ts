import type { Level, Product } from '../api/index.ts';
import { downloadFile } from '../download-file.ts';
import { writeCsv } from './csv-table.ts';
import { columnName, fields } from './fields.ts';
import { exportCells } from './product-cells.ts';

/**
 * All products and their stock, in the columns that an import reads, and with what was seen: which
 * shop, and which state of each stock.
 */
export function exportCsv(
  products: readonly Product[],
  levels: readonly Level[],
  shopId: string,
): string {
  const byProduct = new Map(levels.map((level) => [level.productId, level]));
  const rows = products.map((product) => {
    const cells = exportCells(product, byProduct.get(product.id), shopId);
    return fields.map((field) => cells[field]);
  });
  return writeCsv([fields.map(columnName), ...rows]);
}

/** Hands a text to the person at the browser, as a file. */
export function download(name: string, text: string): void {
  // With the mark at its beginning, spreadsheets know that it is UTF-8.
  downloadFile(name, new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' }));
}
