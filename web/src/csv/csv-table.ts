import Papa from 'papaparse';

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** In the file, from 1: where someone finds it in an editor. */
  readonly line: number;
  /** As they are written, blanks and all; line ends within are "\n". */
  readonly cells: readonly string[];
  /** A quote in it is never closed, or closed too early: where its cells end is anybody's guess. */
  readonly isBroken: boolean;
}

const SEPARATORS = [',', ';', '\t', '|'];
/**
 * A title may stand before the line that names the columns; it is looked for in the first lines.
 */
const HEADER_WITHIN = 10;

/**
 * Reads CSV as RFC 4180 has it, with any of the usual separators and line ends. Empty rows are left
 * out, and so is a first line that only names the separator. The header is the first row in which
 * most cells satisfy `isColumn`; what stands before it is left out.
 */
export function parseCsv(text: string, isColumn: (name: string) => boolean): CsvTable {
  const content = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const [, separatorLine] = /^sep=([,;\t|])(?=\n)/i.exec(content) ?? [];
  // The end of such a line stays, so that lines are counted as an editor does.
  const table = separatorLine === undefined ? content : content.slice('sep=,'.length);
  const knownCount = (row: CsvRow) => row.cells.filter((cell) => isColumn(cell.trim())).length;
  const candidates = (separatorLine === undefined ? SEPARATORS : [separatorLine]).map(
    (separator) => {
      const rows = rowsOf(table, separator, HEADER_WITHIN);
      const columns = Math.max(0, ...rows.map(knownCount));
      const cells = rows.reduce((sum, { cells: { length } }) => sum + length, 0);
      return { separator, columns, cells };
    },
  );
  const [best] = candidates.sort((a, b) => b.columns - a.columns || b.cells - a.cells);
  const rows = rowsOf(table, best?.separator ?? ',');
  const most = Math.max(0, ...rows.slice(0, HEADER_WITHIN).map(knownCount));
  const at = most === 0 ? widestOf(rows) : rows.findIndex((row) => knownCount(row) === most);
  return { header: headerOf(rows[at]), rows: rows.slice(at + 1) };
}

/** Where no column is known, the first row that has as many cells as any: a title has fewer. */
function widestOf(rows: readonly CsvRow[]): number {
  const cellCounts = rows
    .slice(0, HEADER_WITHIN)
    .map(({ cells }) => cells.filter((cell) => cell.trim() !== '').length);
  return Math.max(0, cellCounts.indexOf(Math.max(...cellCounts)));
}

/** The names of the columns; empty ones at the end name none. */
function headerOf(row: CsvRow | undefined): string[] {
  const names = (row?.cells ?? []).map((cell) => cell.trim());
  while (names.at(-1) === '') names.pop();
  return names;
}

function rowsOf(text: string, delimiter: string, preview = 0): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let start = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    preview,
    step({ data: cells, errors, meta: { cursor } }) {
      const isBroken = errors.some(({ type }) => type === 'Quotes');
      if (cells.some((cell) => cell.trim() !== '')) rows.push({ line, cells, isBroken });
      for (let at = start; at < cursor; at += 1) if (text[at] === '\n') line += 1;
      start = cursor;
    },
  });
  return rows;
}

/**
 * A cell that a spreadsheet would take for a formula gets an apostrophe, which `uncloak` takes away
 * again; so does one that has it already.
 */
const FORMULA = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

export function writeCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((cells) => cells.map(cellText).join(',')).join('\r\n') + '\r\n';
}

function cellText(value: string | number | null): string {
  const text = typeof value === 'string' ? cloak(value) : value === null ? '' : String(value);
  // Blanks at its ends are kept by those who read quotes.
  return /[",\r\n;\t|]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function cloak(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function uncloak(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}
