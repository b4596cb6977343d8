/** More than this is refused, so that a wrong file cannot stop the page. */
export const MAX_CSV_BYTES = 20_000_000;

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** In the file, from 1: where someone finds it in an editor. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads CSV as RFC 4180 has it, with commas, semicolons or tabs between cells (whichever the first line has most of) and any
 * line ends. Empty lines are left out. A quote that is never closed ends with the file.
 */
export function parseCsv(text: string): CsvTable {
  const content = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(content);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let line = 1;
  let startedAt = 1;

  const endRow = () => {
    cells.push(cell);
    cell = '';
    if (cells.some((one) => one.trim() !== '')) rows.push({ line: startedAt, cells });
    cells = [];
  };
  for (let at = 0; at < content.length; at += 1) {
    const character = content[at] ?? '';
    if (character === '\n') line += 1;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (content[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell.trim() === '') {
      isQuoted = true;
      cell = '';
    } else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n' || (character === '\r' && content[at + 1] !== '\n')) {
      endRow();
      startedAt = line;
    } else if (character !== '\r') cell += character;
  }
  if (cell !== '' || cells.length > 0) endRow();
  const [first, ...rest] = rows;
  return { header: (first?.cells ?? []).map((name) => name.trim()), rows: rest };
}

function separatorOf(content: string): string {
  const [firstLine = ''] = content.split(/[\r\n]/, 1);
  const unquoted = firstLine.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((one) => [one, unquoted.split(one).length] as const);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** A cell that a spreadsheet would take for a formula gets an apostrophe, which `uncloak` takes away again. */
const FORMULA = /^[=+\-@\t\r]/;

export function writeCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((cells) => cells.map(cellText).join(',')).join('\r\n') + '\r\n';
}

function cellText(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function uncloak(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}
