import { productStatuses, type ProductStatus } from '../api/resources.ts';
import { uncloak, type CsvTable } from './parse-csv.ts';

export const columns = [
  'sku',
  'name',
  'description',
  'price',
  'currency',
  'status',
  'tags',
  'imageUrl',
  'onHand',
  'lowStockThreshold',
] as const;
export type Column = (typeof columns)[number];

/** What a row of the file says. What it leaves empty stays as it is. */
export interface ProductRow {
  readonly line: number;
  /** By which a product is known again, so that a file may be imported twice. */
  readonly sku: string;
  readonly name?: string;
  readonly description?: string;
  readonly price?: number;
  readonly currency?: string;
  readonly status?: ProductStatus;
  readonly tags?: readonly string[];
  readonly imageUrl?: string;
  readonly onHand?: number;
  readonly lowStockThreshold?: number;
}

/** What is wrong with a row; `text` is of the service, where it is the service that refused. */
export interface RowFault {
  readonly line: number;
  readonly sku: string | null;
  readonly fault:
    | 'sku-missing'
    | 'sku-invalid'
    | 'sku-twice'
    | 'name-invalid'
    | 'price-invalid'
    | 'currency-invalid'
    | 'status-unknown'
    | 'tags-invalid'
    | 'image-invalid'
    | 'stock-invalid'
    | 'threshold-invalid'
    | 'name-and-price-needed'
    | 'refused';
  readonly text?: string;
}

export interface ReadRows {
  readonly rows: readonly ProductRow[];
  readonly faults: readonly RowFault[];
  /** Columns of the file that mean nothing here. */
  readonly unknownColumns: readonly string[];
  readonly knownColumns: readonly Column[];
}

/** Other names of the columns, without case, accents and signs. */
const ALIASES: Record<string, Column> = {
  codigo: 'sku',
  referencia: 'sku',
  reference: 'sku',
  nombre: 'name',
  descripcion: 'description',
  precio: 'price',
  moneda: 'currency',
  estado: 'status',
  etiquetas: 'tags',
  image: 'imageUrl',
  imagen: 'imageUrl',
  stock: 'onHand',
  quantity: 'onHand',
  units: 'onHand',
  existencias: 'onHand',
  cantidad: 'onHand',
  unidades: 'onHand',
  threshold: 'lowStockThreshold',
  umbral: 'lowStockThreshold',
  minimo: 'lowStockThreshold',
};
const STATUSES: Record<string, ProductStatus> = {
  activo: 'active',
  borrador: 'draft',
  archivado: 'archived',
};
const MAX_UNITS = 1_000_000_000;
const IMAGE = /^(?:https:\/\/[^\s/?#@\\]+(?:[/?#][^\s\\"<>]*)?|\/(?![/\\])[^\s\\"<>]*)$/;

/** Reads products from a table, and tells of each row that can't be one. Never throws. */
export function readProductRows({ header, rows }: CsvTable): ReadRows {
  const byPosition = header.map(columnOf);
  const faults: RowFault[] = [];
  const found: ProductRow[] = [];
  const seen = new Set<string>();
  for (const { line, cells } of rows) {
    const texts = new Map<Column, string>();
    for (const [at, column] of byPosition.entries()) {
      const text = uncloak((cells[at] ?? '').trim());
      if (column !== null && text !== '') texts.set(column, text);
    }
    const sku = texts.get('sku') ?? null;
    const complain = (fault: RowFault['fault']) => void faults.push({ line, sku, fault });
    const before = faults.length;
    const row = rowOf(line, texts, complain);
    if (sku !== null && seen.has(sku)) complain('sku-twice');
    if (row === null || faults.length > before) continue;
    seen.add(row.sku);
    found.push(row);
  }
  return {
    rows: found,
    faults,
    unknownColumns: header.filter((name, at) => name !== '' && byPosition[at] === null),
    knownColumns: byPosition.filter((column) => column !== null),
  };
}

function columnOf(name: string): Column | null {
  const plain = plainOf(name);
  return columns.find((column) => column.toLowerCase() === plain) ?? ALIASES[plain] ?? null;
}

function plainOf(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase();
}

function rowOf(
  line: number,
  texts: ReadonlyMap<Column, string>,
  complain: (fault: RowFault['fault']) => void,
): ProductRow | null {
  const checked = <Value>(
    column: Column,
    fault: RowFault['fault'],
    read: (text: string) => Value | undefined,
  ): Value | undefined => {
    const text = texts.get(column);
    if (text === undefined) return undefined;
    const value = read(text);
    if (value === undefined) complain(fault);
    return value;
  };
  const sku = texts.get('sku');
  if (sku === undefined) {
    complain('sku-missing');
    return null;
  }
  if (!/^[!-~]{1,64}$/.test(sku)) complain('sku-invalid');
  const row = {
    line,
    sku,
    name: checked('name', 'name-invalid', (text) => (text.length <= 200 ? text : undefined)),
    description: texts.get('description'),
    price: checked('price', 'price-invalid', amountIn),
    currency: checked('currency', 'currency-invalid', (text) =>
      /^[A-Z]{3}$/.test(text.toUpperCase()) ? text.toUpperCase() : undefined,
    ),
    status: checked('status', 'status-unknown', statusIn),
    tags: checked('tags', 'tags-invalid', tagsIn),
    imageUrl: checked('imageUrl', 'image-invalid', (text) => (IMAGE.test(text) ? text : undefined)),
    onHand: checked('onHand', 'stock-invalid', unitsIn),
    lowStockThreshold: checked('lowStockThreshold', 'threshold-invalid', unitsIn),
  };
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined),
  ) as unknown as ProductRow;
}

/** A decimal comma counts as a point; signs for thousands and currencies do not count. */
function amountIn(text: string): number | undefined {
  const plain = text.replace(/[\s'$€£]/g, '');
  const decimal = Math.max(plain.lastIndexOf(','), plain.lastIndexOf('.'));
  const decimals = plain.length - decimal - 1;
  const separators = plain.replace(/[^.,]/g, '');
  // "1,234,567" has thousands only. "1.234" may mean either; it is taken as it is written, and a price with three decimals is refused.
  const isThousands =
    decimal > 0 && decimals === 3 && new Set(separators).size === 1 && separators.length > 1;
  const normal =
    decimal < 0 || isThousands
      ? plain.replace(/[.,]/g, '')
      : `${plain.slice(0, decimal).replace(/[.,]/g, '')}.${plain.slice(decimal + 1)}`;
  if (!/^\d{1,10}(\.\d{0,4})?$/.test(normal)) return undefined;
  const amount = Number(normal);
  return amount <= MAX_UNITS ? amount : undefined;
}

function unitsIn(text: string): number | undefined {
  const units = Number(text);
  return /^\d{1,10}$/.test(text) && units <= MAX_UNITS ? units : undefined;
}

function statusIn(text: string): ProductStatus | undefined {
  const plain = plainOf(text);
  return productStatuses.find((status) => status === plain) ?? STATUSES[plain];
}

function tagsIn(text: string): string[] | undefined {
  const tags = [
    ...new Set(
      text
        .split(/[|;,]/)
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
  return tags.length <= 20 && tags.every((tag) => tag.length <= 50) ? tags : undefined;
}
