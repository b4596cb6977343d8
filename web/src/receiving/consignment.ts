import { isJson, type Operation, type Product } from '../api/index.ts';
import type { Pending } from '../buying/pending.ts';

/** As many lines as one list of operations carries when each product must be tracked first. */
export const MOST_LINES = 500;
/** Of the texts, in characters. Both stand in the reason of each movement. */
export const MOST_CHARACTERS = { supplier: 100, note: 300, code: 200 } as const;
const MOST_UNITS = 1_000_000_000;

/** What a line says of its product. */
export type LineProduct = Pick<Product, 'id' | 'name' | 'sku'>;

export function lineProductOf({ id, name, sku }: LineProduct): LineProduct {
  return { id, name, sku };
}

/** What was scanned or typed, and how many units came. */
export interface ConsignmentLine {
  /** Among the lines of the consignment. */
  readonly id: number;
  readonly code: string;
  /** Null until it is typed. */
  readonly quantity: number | null;
  readonly product: LineProduct | null;
  /** How far the code is looked up: not yet, or it leads to no product or to several. */
  readonly search: 'open' | 'none' | 'several' | 'found';
}

/** A consignment as it is received, until it is booked. */
export interface Consignment {
  readonly supplier: string;
  readonly note: string;
  /** The latest first. */
  readonly lines: readonly ConsignmentLine[];
  /** It was sent, and nobody knows the outcome. Nothing of it changes until that is known. */
  readonly booking: Booking | null;
}

/** What was sent, apart from what stands in the consignment. */
export interface Booking extends Pending {
  /** The ids of the products that begin to be tracked. */
  readonly request: readonly string[];
}

export const EMPTY_CONSIGNMENT: Consignment = { supplier: '', note: '', lines: [], booking: null };

export function isEmpty({ supplier, note, lines }: Consignment): boolean {
  return supplier === '' && note === '' && lines.length === 0;
}

/** The lines that can't be booked yet, those first that were given first. */
export function openLines({ lines }: Consignment): readonly ConsignmentLine[] {
  return lines.filter(({ product, quantity }) => product === null || !quantity).toReversed();
}

export function unitsOf({ lines }: Consignment): number {
  return lines.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
}

/** Adds lines in their order, as many as there is room for. */
export function addLines(
  consignment: Consignment,
  entries: readonly Pick<ConsignmentLine, 'code' | 'quantity'>[],
): Consignment {
  const lastId = Math.max(0, ...consignment.lines.map(({ id }) => id));
  const added = entries
    .slice(0, MOST_LINES - consignment.lines.length)
    .map(({ code, quantity }, at): ConsignmentLine => {
      const id = lastId + at + 1;
      return { id, code, quantity, product: null, search: 'open' };
    });
  return { ...consignment, lines: [...added.toReversed(), ...consignment.lines] };
}

/** Adds products that are known, as many as there is room for. */
export function addProducts(
  consignment: Consignment,
  entries: readonly { readonly product: LineProduct; readonly quantity: number }[],
): Consignment {
  const codes = entries.map(({ product: { sku, name }, quantity }) => ({
    code: sku ?? name,
    quantity,
  }));
  const { lines } = addLines(consignment, codes);
  const added = lines.slice(0, lines.length - consignment.lines.length).toReversed();
  return added.reduce<Consignment>(
    (now, { id }, at) => {
      const product = entries[at]?.product;
      return product
        ? changeLine(now, id, { product: lineProductOf(product), search: 'found' })
        : now;
    },
    { ...consignment, lines },
  );
}

/** Changes one line; another with the same product takes its units. */
export function changeLine(
  consignment: Consignment,
  lineId: number,
  change: Partial<Omit<ConsignmentLine, 'id'>>,
): Consignment {
  const lines = consignment.lines.map((line) =>
    line.id === lineId ? { ...line, ...change } : line,
  );
  return { ...consignment, lines: joined(lines) };
}

export function removeLine(consignment: Consignment, lineId: number): Consignment {
  return { ...consignment, lines: consignment.lines.filter(({ id }) => id !== lineId) };
}

/** One line a product: who scans each unit wants one line that grows. */
function joined(lines: readonly ConsignmentLine[]): ConsignmentLine[] {
  const byProduct = Map.groupBy(lines, ({ product, quantity }) =>
    product !== null && quantity !== null ? product.id : null,
  );
  return lines.flatMap((line) => {
    const same = byProduct.get(line.product?.id ?? null);
    if (line.quantity === null || line.product === null || !same) return [line];
    if (same[0] !== line) return [];
    const units = same.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
    return [{ ...line, quantity: Math.min(units, MOST_UNITS) }];
  });
}

/** What each movement of it gives as its reason; null when there is nothing to say. */
export function reasonOf({ supplier, note }: Consignment): string | null {
  return (
    [supplier, note]
      .map((text) => text.trim())
      .filter(Boolean)
      .join(' · ') || null
  );
}

/** One change of stock, and the line that it is for. */
export interface LineOperation {
  readonly line: ConsignmentLine;
  readonly operation: Operation;
}

/**
 * All that books a consignment without open lines, in the order in which it was received. A product
 * that nobody tracks begins at zero, so that its units are a receipt like the others.
 */
export function operationsOf(
  consignment: Consignment,
  untrackedIds: readonly string[],
): readonly LineOperation[] {
  const reason = reasonOf(consignment);
  const isUntracked = new Set(untrackedIds);
  return consignment.lines.toReversed().flatMap((line): LineOperation[] => {
    const { product, quantity } = line;
    if (product === null || !quantity) return [];
    const receipt: Operation = {
      op: 'add',
      data: {
        type: 'stock-movements',
        attributes: { kind: 'receipt', quantity, ...(reason && { reason }) },
        relationships: { product: { data: { type: 'products', id: product.id } } },
      },
    };
    const track: Operation = {
      op: 'add',
      data: { type: 'inventories', id: product.id, attributes: { onHand: 0 } },
    };
    const operations = isUntracked.has(product.id) ? [track, receipt] : [receipt];
    return operations.map((operation) => ({ line, operation }));
  });
}

/** Whatever the browser has kept, as a consignment; what is none of it is left out. */
export function readConsignment(stored: unknown): Consignment {
  if (!isJson(stored)) return EMPTY_CONSIGNMENT;
  const { supplier, note, lines, booking } = stored;
  return {
    supplier: typeof supplier === 'string' ? supplier : '',
    note: typeof note === 'string' ? note : '',
    lines: Array.isArray(lines) ? lines.filter(isLine).slice(0, MOST_LINES) : [],
    booking: isBooking(booking) ? booking : null,
  };
}

function isLine(value: unknown): value is ConsignmentLine {
  if (!isJson(value)) return false;
  const { id, code, quantity, product, search } = value;
  const isProduct = isJson(product) && typeof product['id'] === 'string';
  return (
    typeof id === 'number' &&
    typeof code === 'string' &&
    (quantity === null || typeof quantity === 'number') &&
    (search === 'found' ? isProduct : product === null)
  );
}

function isBooking(value: unknown): value is Booking {
  return isJson(value) && typeof value['key'] === 'string' && Array.isArray(value['request']);
}
