import { isJson, type Movement, type Product } from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';

/** So many products are loaded at once: they are kept in the browser. */
export const SESSION_SIZES = [12, 60, 240] as const;
export type SessionSize = (typeof SESSION_SIZES)[number];
/** With those that a scanner has added. */
const MOST_ITEMS = 300;

/**
 * A count that a person has made: what is on the shelf, and when they looked. Another look is
 * another count.
 */
export interface Count {
  readonly units: number;
  /** By the shop's clock, RFC 3339. */
  readonly countedAt: string;
  /** Under which it is saved, once at most. */
  readonly key: string;
  /** `sent`: it may be saved already, and is sent again until the shop says so. */
  readonly state: 'kept' | 'sent' | 'saved';
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
  /** Each scan of a product counts one unit more of it; or else it leads to the product alone. */
  readonly scansCount: boolean;
  readonly startedAt: string;
  /** How much the shop's clock is ahead of this browser's. */
  readonly clockAheadMs: number;
  readonly items: readonly CountItem[];
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

/** A product as counted at an instant of this browser's clock, later than its count before. */
export function recordCount(
  session: CountSession,
  productId: string,
  units: number,
  nowMs: number,
): CountSession {
  const before = session.items.find((item) => item.productId === productId)?.count ?? null;
  const earlierMs = before === null ? 0 : Date.parse(before.countedAt);
  const atMs = Math.max(nowMs + session.clockAheadMs, earlierMs + 1);
  const countedAt = new Date(atMs).toISOString();
  const count = { units, countedAt, key: newKey(), state: 'kept' } as const;
  return changeItem(session, productId, { count, conflict: null });
}

/** A product of which one unit more was scanned. What was saved is another count's. */
export function recordScan(session: CountSession, productId: string, nowMs: number): CountSession {
  const count = session.items.find((item) => item.productId === productId)?.count ?? null;
  const units = count === null || count.state === 'saved' ? 0 : count.units;
  return recordCount(session, productId, units + 1, nowMs);
}

/** A product whose count is not saved after all. One that was sent can't be taken back. */
export function dropCount(session: CountSession, productId: string): CountSession {
  const item = session.items.find((one) => one.productId === productId);
  if (item?.count?.state === 'sent') return session;
  return changeItem(session, productId, { count: null, conflict: null });
}

/** A session with a product more, behind the one at a place; as it is where that can't be. */
export function addItem(session: CountSession, item: CountItem, after: number): CountSession {
  const isThere = session.items.some(({ productId }) => productId === item.productId);
  if (isThere || session.items.length >= MOST_ITEMS) return session;
  return { ...session, items: session.items.toSpliced(after + 1, 0, item) };
}

/** What the shop said of a count. */
export type CountOutcome =
  | { readonly kind: 'saved' }
  | { readonly kind: 'refused'; readonly code: string }
  /** Others have begun to track the product meanwhile: it is a count like the others. */
  | { readonly kind: 'tracked' };

/** Before the counts with these keys are sent. */
export function withSent(session: CountSession, keys: ReadonlySet<string>): CountSession {
  const items = session.items.map((item) =>
    item.count?.state === 'kept' && keys.has(item.count.key)
      ? { ...item, count: { ...item.count, state: 'sent' as const } }
      : item,
  );
  return { ...session, items };
}

/** After the shop has answered of the count with a key; a count made since is another one. */
export function withOutcome(
  session: CountSession,
  key: string,
  outcome: CountOutcome,
): CountSession {
  const items = session.items.map((item): CountItem => {
    const { count } = item;
    if (count?.key !== key) return item;
    if (outcome.kind === 'saved')
      return { ...item, expected: item.expected ?? 0, count: { ...count, state: 'saved' } };
    if (outcome.kind === 'tracked')
      return { ...item, expected: 0, count: { ...count, key: newKey() } };
    return { ...item, count: { ...count, state: 'kept' }, conflict: outcome.code };
  });
  return { ...session, items };
}

/** A product with a count that the shop does not have yet, or not for sure. */
export type CountedItem = CountItem & { readonly count: Count };

export function countedItems({ items }: CountSession): readonly CountedItem[] {
  return items.filter(
    (item): item is CountedItem => item.count !== null && item.count.state !== 'saved',
  );
}

/** Those whose outcome nobody knows. */
export function sentItems(session: CountSession): readonly CountedItem[] {
  return countedItems(session).filter(({ count }) => count.state === 'sent');
}

export function uncountedItems({ items }: CountSession): readonly CountItem[] {
  return items.filter(({ count }) => count === null);
}

export function savedCount({ items }: CountSession): number {
  return items.filter(({ count }) => count?.state === 'saved').length;
}

/** The place of the first product after another that is not counted, or null. */
export function nextUncounted({ items }: CountSession, after: number): number | null {
  const places = [...items.keys()];
  const inTurn = [...places.slice(after + 1), ...places.slice(0, after + 1)];
  return inTurn.find((at) => items[at]?.count === null) ?? null;
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
  const { items, filter, startedAt, total, isBlind, scansCount, clockAheadMs } = stored;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isItem)) return null;
  if (!isFilter(filter) || typeof startedAt !== 'string') return null;
  return {
    filter,
    startedAt,
    total: typeof total === 'number' ? total : items.length,
    isBlind: isBlind === true,
    scansCount: scansCount === true,
    clockAheadMs: typeof clockAheadMs === 'number' ? clockAheadMs : 0,
    items: items.slice(0, MOST_ITEMS),
  };
}

function isItem(value: unknown): value is CountItem {
  if (!isJson(value)) return false;
  const { productId, name, codes, expected, count } = value;
  return (
    typeof productId === 'string' &&
    typeof name === 'string' &&
    Array.isArray(codes) &&
    (expected === null || typeof expected === 'number') &&
    (count === null || isCount(count))
  );
}

function isCount(value: unknown): value is Count {
  return (
    isJson(value) &&
    typeof value['units'] === 'number' &&
    typeof value['countedAt'] === 'string' &&
    typeof value['key'] === 'string' &&
    ['kept', 'sent', 'saved'].some((state) => state === value['state'])
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
