import { isJson, type Movement, type Operation, type Product } from '../api/index.ts';
import type { Pending } from '../buying/pending.ts';

/** So many products a session has at most: they are kept in the browser. */
export const SESSION_SIZES = [12, 60, 240] as const;
export type SessionSize = (typeof SESSION_SIZES)[number];
const MOST_ITEMS = 240;

/** A count that a person has made: what is on the shelf, and when they looked. */
export interface Count {
  readonly units: number;
  /** By the shop's clock, RFC 3339. */
  readonly countedAt: string;
}

/** A product to be counted. */
export interface CountItem {
  readonly productId: string;
  readonly name: string;
  readonly sku: string | null;
  /** What a scanner may read of it. */
  readonly codes: readonly string[];
  /** On hand when the session began; null when nobody tracks it. */
  readonly expected: number | null;
  /** Null until it is counted. */
  readonly count: Count | null;
  /** Why the shop did not take the count. */
  readonly conflict: string | null;
}

/** Which products are counted. */
export interface CountFilter {
  readonly tag: string;
  readonly search: string;
  readonly size: SessionSize;
  /** Of the products by name, how many were counted before these. */
  readonly offset: number;
}

/** A round of counting, from choosing the products until the counts are saved. */
export interface CountSession {
  readonly filter: CountFilter;
  /** How many products the filter finds in all. */
  readonly total: number;
  /** The expected level is not shown. */
  readonly isBlind: boolean;
  readonly startedAt: string;
  /** How much the shop's clock is ahead of this browser's. */
  readonly clockAheadMs: number;
  readonly items: readonly CountItem[];
  /** The counts were sent, and nobody knows the outcome. */
  readonly saving: Saving | null;
}

/** Its request are the ids of the products whose counts were sent. */
export interface Saving extends Pending {
  readonly request: readonly string[];
}

export function itemOf(
  { id: productId, name, sku, barcodes }: Pick<Product, 'id' | 'name' | 'sku' | 'barcodes'>,
  expected: number | null,
): CountItem {
  const codes = sku === null ? barcodes : [sku, ...barcodes];
  return { productId, name, sku, codes, expected, count: null, conflict: null };
}

function changeItem(
  session: CountSession,
  productId: string,
  change: Partial<CountItem>,
): CountSession {
  const items = session.items.map((item) =>
    item.productId === productId ? { ...item, ...change } : item,
  );
  return { ...session, items };
}

/** A product as counted at an instant of this browser's clock. */
export function recordCount(
  session: CountSession,
  productId: string,
  units: number,
  nowMs: number,
): CountSession {
  const countedAt = new Date(nowMs + session.clockAheadMs).toISOString();
  return changeItem(session, productId, { count: { units, countedAt }, conflict: null });
}

/** A product whose count is not saved after all. */
export function dropCount(session: CountSession, productId: string): CountSession {
  return changeItem(session, productId, { count: null, conflict: null });
}

/** What the shop said of some products, by their ids; those begin anew. */
export function withConflicts(
  session: CountSession,
  conflicts: ReadonlyMap<string, string>,
): CountSession {
  return [...conflicts].reduce(
    (now, [productId, conflict]) => changeItem(now, productId, { conflict }),
    session,
  );
}

/** Others have begun to track these meanwhile. */
export function withTracked(session: CountSession, ids: readonly string[]): CountSession {
  return ids.reduce((now, id) => changeItem(now, id, { expected: 0 }), session);
}

export type CountedItem = CountItem & { readonly count: Count };

export function countedItems({ items }: CountSession): readonly CountedItem[] {
  return items.filter((item): item is CountedItem => item.count !== null);
}

/** The place of the first product after another that is not counted, or null. */
export function nextUncounted({ items }: CountSession, after: number): number | null {
  const places = [...items.keys()];
  const inTurn = [...places.slice(after + 1), ...places.slice(0, after + 1)];
  return inTurn.find((at) => items[at]?.count === null) ?? null;
}

/** What was saved together: a count makes the level of a product that nobody tracks. */
export function operationsOf(
  session: CountSession,
  productIds: readonly string[],
): readonly Operation[] {
  const wanted = new Set(productIds);
  return countedItems(session)
    .filter(({ productId }) => wanted.has(productId))
    .map(({ productId: id, expected, count: { units: onHand, countedAt } }) =>
      expected === null
        ? { op: 'add', data: { type: 'inventories', id, attributes: { onHand } } }
        : { op: 'update', data: { type: 'inventories', id, attributes: { onHand, countedAt } } },
    );
}

/** How a count differs from what the ledger had at its instant. */
export interface Difference {
  readonly item: CountedItem;
  /** On hand by the ledger when it was counted; null where nobody tracked it. */
  readonly expected: number | null;
  readonly units: number;
}

/**
 * All counts beside what the ledger had at their instants, the largest differences first.
 * `movements` are those since the session began: what was sold before a count is no difference.
 */
export function differencesOf(
  session: CountSession,
  movements: readonly Pick<Movement, 'id' | 'productId' | 'onHandAfter' | 'createdAt'>[],
): readonly Difference[] {
  const byProduct = Map.groupBy(
    // An id is the place in the ledger, where several may have one moment.
    movements.toSorted((a, b) => Number(a.id) - Number(b.id)),
    ({ productId }) => productId,
  );
  return countedItems(session)
    .map((item) => {
      const before = byProduct
        .get(item.productId)
        ?.findLast(({ createdAt }) => createdAt <= item.count.countedAt);
      const expected = item.expected === null ? null : (before?.onHandAfter ?? item.expected);
      return { item, expected, units: item.count.units };
    })
    .toSorted((a, b) => sizeOf(b) - sizeOf(a));
}

function sizeOf({ expected, units, item }: Difference): number {
  return item.conflict === null ? Math.abs(units - (expected ?? 0)) : Number.POSITIVE_INFINITY;
}

/** Whatever the browser has kept, as a session; null when it is none. */
export function readSession(stored: unknown): CountSession | null {
  if (!isJson(stored)) return null;
  const { items, filter, startedAt, total, isBlind, clockAheadMs, saving } = stored;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isItem)) return null;
  if (!isFilter(filter) || typeof startedAt !== 'string') return null;
  return {
    filter,
    startedAt,
    total: typeof total === 'number' ? total : items.length,
    isBlind: isBlind === true,
    clockAheadMs: typeof clockAheadMs === 'number' ? clockAheadMs : 0,
    items: items.slice(0, MOST_ITEMS),
    saving: isSaving(saving) ? saving : null,
  };
}

function isItem(value: unknown): value is CountItem {
  if (!isJson(value)) return false;
  const { productId, name, codes, expected, count } = value;
  const isCount =
    isJson(count) && typeof count['units'] === 'number' && typeof count['countedAt'] === 'string';
  return (
    typeof productId === 'string' &&
    typeof name === 'string' &&
    Array.isArray(codes) &&
    (expected === null || typeof expected === 'number') &&
    (count === null || isCount)
  );
}

function isFilter(value: unknown): value is CountFilter {
  return (
    isJson(value) &&
    typeof value['tag'] === 'string' &&
    typeof value['search'] === 'string' &&
    typeof value['offset'] === 'number' &&
    SESSION_SIZES.some((size) => size === value['size'])
  );
}

function isSaving(value: unknown): value is Saving {
  return isJson(value) && typeof value['key'] === 'string' && Array.isArray(value['request']);
}
