import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_INPUT, press, readEntry, type, unitsText } from '../src/counting/count-entry.ts';
import type { KeypadKey } from '../src/counting/count-entry.ts';
import {
  addItem,
  countedItems,
  differencesOf,
  dropCount,
  itemOf,
  nextUncounted,
  readSession,
  recordCount,
  recordScan,
  savedCount,
  sentItems,
  withOutcome,
  withSent,
  type CountSession,
} from '../src/counting/count-session.ts';

const BARCODES = [['4006381333931'], ['0036000291452'], ['96385074']];
const START_MS = Date.parse('2026-11-29T10:00:00.000Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1_000).toISOString();

function sessionOf(onHand: readonly (number | null)[]): CountSession {
  return {
    filter: { tag: '', search: '', size: 12, offset: 0 },
    total: onHand.length,
    isBlind: false,
    scansCount: false,
    startedAt: at(0),
    clockAheadMs: 0,
    items: onHand.map((units, n) =>
      itemOf(
        {
          id: `${n + 1}`,
          name: `Product ${n + 1}`,
          sku: `SKU-${n + 1}`,
          barcodes: BARCODES[n] ?? [],
        },
        units,
      ),
    ),
  };
}

describe('a session of counts', () => {
  test('keeps each count with its instant by the clock of the shop, and the last one of a product', () => {
    const session = { ...sessionOf([5, 6]), clockAheadMs: 60_000 };
    const first = recordCount(session, '1', 4, START_MS);
    const second = recordCount(first, '1', 3, START_MS + 5_000);
    expect(countedItems(second).map(({ productId, count }) => [productId, count])).toEqual([
      ['1', { units: 3, countedAt: at(65), key: expect.any(String), state: 'kept' }],
    ]);
    // Another look is another count, and later, whatever the clock of this browser does.
    expect(second.items[0]?.count?.key).not.toBe(first.items[0]?.count?.key);
    const third = recordCount(second, '1', 3, START_MS - 60_000);
    expect(third.items[0]?.count?.countedAt).toBe('2026-11-29T10:01:05.001Z');
    expect(countedItems(dropCount(second, '1'))).toEqual([]);
    expect(readSession(JSON.parse(JSON.stringify(second)))).toEqual(second);
  });

  test('goes to the next product that is not counted, round the end', () => {
    const session = recordCount(sessionOf([1, 2, 3]), '3', 1, START_MS);
    expect([-1, 0, 1, 2].map((place) => nextUncounted(session, place))).toEqual([0, 1, 0, 0]);
    const all = ['1', '2'].reduce((now, id) => recordCount(now, id, 1, START_MS), session);
    expect(nextUncounted(all, 0)).toBeNull();
  });

  const keyOf = (session: CountSession, n: number) => session.items[n]?.count?.key ?? '';
  const send = (session: CountSession, ...places: number[]) =>
    withSent(session, new Set(places.map((n) => keyOf(session, n))));
  const counted = (...onHand: (number | null)[]) =>
    onHand.reduce<CountSession>(
      (now, _, n) => recordCount(now, `${n + 1}`, 7, START_MS),
      sessionOf(onHand),
    );

  test('each count is sent until the shop has answered of it, and what is counted meanwhile is another one', () => {
    const sent = send(counted(5, 6, 8), 0, 1);
    expect(sentItems(sent).map(({ productId }) => productId)).toEqual(['1', '2']);
    const saved = withOutcome(sent, keyOf(sent, 0), { kind: 'saved' });
    expect([savedCount(saved), countedItems(saved).length, sentItems(saved).length]).toEqual([
      1, 2, 1,
    ]);
    // No answer came of the second one, and it is counted again.
    const again = recordCount(saved, '2', 9, START_MS + 1);
    const late = withOutcome(again, keyOf(sent, 1), { kind: 'saved' });
    expect(late).toEqual(again);
    expect(countedItems(late).map(({ count: { units, state } }) => [units, state])).toEqual([
      [9, 'kept'],
      [7, 'kept'],
    ]);
    expect(readSession(JSON.parse(JSON.stringify(late)))).toEqual(late);
  });

  test('a conflict stays with its count until that is made anew or left out', () => {
    const sent = send(counted(5), 0);
    const refusal = { kind: 'refused', code: 'count-outdated' } as const;
    const refused = withOutcome(sent, keyOf(sent, 0), refusal);
    expect(refused.items[0]).toMatchObject({
      conflict: 'count-outdated',
      count: { state: 'kept' },
    });
    expect(recordCount(refused, '1', 4, START_MS + 1).items[0]?.conflict).toBeNull();
    expect(dropCount(refused, '1').items[0]).toMatchObject({ conflict: null, count: null });
    // What may be saved already can't be left out.
    expect(dropCount(sent, '1')).toEqual(sent);
  });

  test('a product that others began to track meanwhile is counted like the others, by another key', () => {
    const sent = send(counted(null), 0);
    const tracked = withOutcome(sent, keyOf(sent, 0), { kind: 'tracked' });
    expect(tracked.items[0]).toMatchObject({ expected: 0, count: { units: 7, state: 'sent' } });
    expect(keyOf(tracked, 0)).not.toBe(keyOf(sent, 0));
  });

  test('each scan is one unit more, and begins anew once the count before is saved', () => {
    const one = recordScan(sessionOf([5]), '1', START_MS);
    const two = recordScan(one, '1', START_MS + 1);
    expect([one, two].map(({ items }) => items[0]?.count?.units)).toEqual([1, 2]);
    const saved = withOutcome(send(two, 0), keyOf(two, 0), { kind: 'saved' });
    expect(recordScan(saved, '1', START_MS + 2).items[0]?.count?.units).toBe(1);
  });

  test('takes in a product of another shelf once, and as many as the browser keeps', () => {
    const session = sessionOf([1, 2]);
    const [other] = sessionOf([1, 2, 3]).items.slice(-1);
    const more = other && addItem(session, other, 0);
    expect(more?.items.map(({ productId }) => productId)).toEqual(['1', '3', '2']);
    expect(more && other && addItem(more, other, 0)).toEqual(more);
    const full = sessionOf(Array.from({ length: 300 }, () => 1));
    expect(other && addItem(full, { ...other, productId: 'x' }, 0)).toEqual(full);
  });

  test('compares a count with what the ledger had at its instant, whatever was sold before and after', () => {
    const changes = fc.array(
      fc.record({
        second: fc.integer({ min: 1, max: 100 }),
        delta: fc.integer({ min: -5, max: 9 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(changes, fc.nat(100), fc.nat(500), (list, second, units) => {
        let onHand = 200;
        const inTurn = list.toSorted((a, b) => a.second - b.second);
        const movements = inTurn.map((change, n) => {
          onHand += change.delta;
          return {
            id: `${n + 1}`,
            productId: '1',
            onHandAfter: onHand,
            createdAt: at(change.second),
          };
        });
        const before = inTurn.filter((change) => change.second <= second);
        const expected = before.reduce((sum, { delta }) => sum + delta, 200);
        const session = recordCount(sessionOf([200]), '1', units, START_MS + second * 1_000);
        // In whichever order the ledger gives them.
        const [difference] = differencesOf(session, movements.toReversed());
        expect(difference?.expected).toBe(expected);
      }),
    );
  });

  test('is none where the browser has kept nonsense', () => {
    const session = sessionOf([1]);
    for (const nonsense of [null, 7, {}, { ...session, items: [] }, { ...session, filter: 7 }])
      expect(readSession(nonsense)).toBeNull();
  });
});

describe('what is typed while counting', () => {
  const { items: scannable } = sessionOf([1, 2, 3]);
  const keys: fc.Arbitrary<KeypadKey> = fc.constantFrom('0', '1', '5', '9', 'back', 'clear');

  const typed = (text: string, tapped = '') => Array.from(text).reduce(type, { tapped, typed: '' });

  test('by the keypad is always a number of units or nothing', () => {
    fc.assert(
      fc.property(fc.array(keys), (list) => {
        const input = list.reduce(press, NO_INPUT);
        const text = unitsText(input);
        expect(text).toMatch(/^\d{0,7}$/);
        const isNothing = text === '';
        const units = isNothing ? null : Number(text);
        expect(readEntry(input, scannable)).toEqual({ units, place: null, unknownCode: null });
      }),
    );
  });

  test('by a scanner leads to its product, and a count that was tapped before it is kept', () => {
    const codes = scannable.flatMap((item, place) => item.codes.map((code) => ({ code, place })));
    const counts = fc.option(fc.integer({ min: 0, max: 9_999_999 }));
    fc.assert(
      fc.property(counts, fc.constantFrom(...codes), (units, { code, place }) => {
        const input = typed(code, `${units ?? ''}`);
        expect(readEntry(input, scannable)).toEqual({ units, place, unknownCode: null });
      }),
    );
  });

  test('is a count where a keyboard gives few digits, and never a part of a code', () => {
    expect(readEntry(typed('12'), scannable).units).toBe(12);
    expect(readEntry(typed('2', '1'), scannable).units).toBe(12);
    // Typed by hand right before a scan: which digits are the count, nobody knows.
    const mixed = readEntry(typed('124006381333931'), scannable);
    expect(mixed).toEqual({ units: null, place: null, unknownCode: '124006381333931' });
  });

  test('finds a code of goods with or without the zeros before it, and says which one nobody has', () => {
    expect(readEntry(typed('36000291452'), scannable).place).toBe(1);
    expect(readEntry(typed('0096385074'), scannable).place).toBe(2);
    expect(readEntry(typed('4006381333948'), scannable).unknownCode).toBe('4006381333948');
    const unknown = { units: null, place: null, unknownCode: 'SKU-9' };
    expect(readEntry(typed('SKU-9', '5'), scannable)).toEqual(unknown);
  });
});
