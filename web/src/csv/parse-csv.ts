/** More than this is refused, so that a wrong file cannot stop the page. */
export const MAX_CSV_BYTES = 20_000_000;

/** Text of a file as spreadsheets save it: UTF-8, UTF-16 with its mark, or else what Windows calls ANSI. */
export function decodeText(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

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
 * line ends. Empty lines are left out, and so is a first one that only names the separator. A quote that is never closed ends with
 * the file.
 */
export function parseCsv(text: string): CsvTable {
  // The end of such a line stays, so that lines are counted as an editor does.
  const content = text.replace(/^\uFEFF/, '').replace(/^sep=[,;\t](?=\r|\n)/i, '');
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
  const [firstLine = ''] = content.trimStart().split(/[\r\n]/, 1);
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
