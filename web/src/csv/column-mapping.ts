import { isJson } from '../api/index.ts';
import { readStored, store } from '../stores/storage.ts';
import type { CsvTable } from './csv-table.ts';
import { fieldNamed, fields, plainName, type Field } from './fields.ts';
import {
  knownFormats,
  type ColumnName,
  type KnownFormat,
  type ColumnTexts,
} from './known-formats.ts';

/** Which column of a file feeds which field. */
export interface ColumnMapping {
  /** Null for files of ours and for those that people wrote. */
  readonly format: KnownFormat | null;
  /** Places in the header; null for none. */
  readonly columns: Readonly<Record<Field, number | null>>;
  /** Fields that more than one column could feed: a person chooses. */
  readonly contested: readonly Field[];
  /** A person chose so for an earlier file with the same header. */
  readonly isRemembered: boolean;
}

/** Whether a header of this name is known, in whichever format. */
export function isKnownColumn(name: string): boolean {
  if (name === '') return false;
  if (fieldNamed(name) !== null) return true;
  return knownFormats.some(({ signature, columns }) =>
    [...signature, ...Object.values(columns).flat()].some((one) => isNamed(name, one)),
  );
}

/**
 * Finds out which format a header is of and what feeds each field; what was chosen for the same
 * header before comes back.
 */
export function mapColumns(header: readonly string[]): ColumnMapping {
  const format = knownFormats.find(({ signature }) => {
    return signature.every((one) => header.some((name) => isNamed(name, one)));
  });
  const candidates = fields.map(
    (field) => [field, placesOf(field, header, format ?? null)] as const,
  );
  const columns = Object.fromEntries(
    candidates.map(([field, places]) => [field, places.length === 1 ? (places[0] ?? null) : null]),
  ) as Record<Field, number | null>;
  const contested = candidates.filter(([, places]) => places.length > 1).map(([field]) => field);
  const mapping = { format: format ?? null, columns, contested, isRemembered: false };
  const choice = readStored(browserStorage(), storageName(header));
  return isChoice(choice, header)
    ? { ...mapping, columns: choice, contested: [], isRemembered: true }
    : mapping;
}

function placesOf(field: Field, header: readonly string[], format: KnownFormat | null): number[] {
  const at = (fits: (name: string) => boolean) =>
    header.flatMap((name, place) => (name !== '' && fits(name) ? [place] : []));
  if (format === null) return at((name) => fieldNamed(name) === field);
  for (const candidate of format.columns[field] ?? []) {
    const places = at((name) => isNamed(name, candidate));
    if (places.length > 0) return places;
  }
  return [];
}

function isNamed(name: string, column: ColumnName): boolean {
  return typeof column === 'string' ? plainName(name) === column : column.test(name.trim());
}

/** Takes a person's choice. A column feeds one field. */
export function choose(mapping: ColumnMapping, field: Field, place: number | null): ColumnMapping {
  const columns = { ...mapping.columns, [field]: place };
  for (const other of fields)
    if (other !== field && place !== null && columns[other] === place) columns[other] = null;
  const contested = mapping.contested.filter((one) => one !== field);
  return { ...mapping, columns, contested };
}

/** Keeps what was chosen for the next file with this header. */
export function remember({ columns }: ColumnMapping, header: readonly string[]): void {
  store(browserStorage(), storageName(header), columns);
}

/**
 * Whether products can be read with it: they need a SKU or a name, and nothing may be left to
 * choose.
 */
export function isUsable({ columns, contested }: ColumnMapping): boolean {
  return contested.length === 0 && (columns.sku !== null || columns.name !== null);
}

/** Whether a person should look at it before rows are read. */
export function wantsLook(mapping: ColumnMapping, header: readonly string[]): boolean {
  if (!isUsable(mapping)) return true;
  if (mapping.isRemembered) return false;
  const fieldCount = Object.values(mapping.columns).filter((place) => place !== null).length;
  return mapping.format !== null || fieldCount * 2 < header.filter(Boolean).length;
}

const storageName = (header: readonly string[]) =>
  `anaquel.columns.${header.map((name) => plainName(name)).join(',')}`;

/** Storage that is there in a browser. */
const browserStorage = () => globalThis.localStorage;

function isChoice(value: unknown, header: readonly string[]): value is ColumnMapping['columns'] {
  if (!isJson(value)) return false;
  const places = Object.entries(value);
  const isPlace = (place: unknown) =>
    place === null || (Number.isInteger(place) && Number(place) < header.length);
  return places.length === fields.length && places.every(([, place]) => isPlace(place));
}

/** A product as a row tells of it. */
export interface RowTexts {
  readonly line: number;
  readonly texts: ColumnTexts;
  /** The cells go beyond the header, or nobody knows where they end. */
  readonly fault: 'too-many-cells' | 'quotes-broken' | null;
}

/**
 * What each row says, by field: untouched, but for what other systems' rows need to be products.
 */
export function textsOf({ header, rows }: CsvTable, mapping: ColumnMapping): RowTexts[] {
  const groups = new Map<string, ColumnTexts>();
  return rows.flatMap(({ line, cells, isBroken }): RowTexts[] => {
    const isTooLong = cells.slice(header.length).some((cell) => cell.trim() !== '');
    const fault = isBroken ? 'quotes-broken' : isTooLong ? 'too-many-cells' : null;
    const entries = fields.flatMap((field): [Field, string][] => {
      const place = mapping.columns[field];
      const text = place === null ? '' : (cells[place] ?? '');
      return text.trim() === '' ? [] : [[field, mapping.format ? text.trim() : text]];
    });
    const texts = Object.fromEntries(entries) as ColumnTexts;
    if (mapping.format === null || fault !== null) return [{ line, texts, fault }];
    const cell = (name: ColumnName) => {
      const place = header.findIndex((one) => isNamed(one, name));
      return (cells[place] ?? '').trim();
    };
    const has = (name: ColumnName) => header.some((one) => isNamed(one, name));
    const productTexts = mapping.format.shape({ texts, cell, has, groups });
    return productTexts === null ? [] : [{ line, texts: withoutForeignPath(productTexts), fault }];
  });
}

/** A path on another system's server shows nothing here. */
function withoutForeignPath({ imageUrl, ...texts }: ColumnTexts): ColumnTexts {
  return imageUrl && /^https:\/\//i.test(imageUrl) ? { ...texts, imageUrl } : texts;
}
