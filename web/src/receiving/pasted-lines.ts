import { readQuantity } from '../money/read-quantity.ts';
import { isScannedCode } from '../stock/scanned-code.ts';
import { MOST_CHARACTERS, type ConsignmentLine } from './consignment.ts';

export type PastedLine = Pick<ConsignmentLine, 'code' | 'quantity'>;

/** Whether a pasted text is more than one code: rows, or cells of a spreadsheet. */
export function isTable(text: string): boolean {
  return /[\t\n\r]/.test(text.trim());
}

/**
 * The rows of a spreadsheet or a delivery note: a code, and after a tab or a semicolon a quantity.
 * Where there are more cells, the last one that is a quantity counts. A quantity that can't be read
 * is null, so that somebody gives it; without a second cell it is 1. The names of columns are left
 * out.
 */
export function readPastedLines(text: string, locale: string): readonly PastedLine[] {
  const rows = text
    .split(/\r\n?|\n/)
    .map((row) => row.split(/[\t;]/).map((cell) => cell.trim()))
    .filter(([code]) => code !== undefined && code !== '');
  return rows.flatMap(([code = '', ...cells], at) => {
    const quantity = cells.length === 0 ? 1 : quantityIn(cells, locale);
    const isHeading = at === 0 && quantity === null && !/\d/.test(code + cells.join(''));
    return isHeading ? [] : [{ code: code.slice(0, MOST_CHARACTERS.code), quantity }];
  });
}

function quantityIn(cells: readonly string[], locale: string): number | null {
  for (const cell of cells.toReversed()) {
    if (cell === '' || isScannedCode(cell)) continue;
    const reading = readQuantity(cell, locale);
    if (reading.ok && reading.units > 0) return reading.units;
  }
  return null;
}
