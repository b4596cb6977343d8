import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_INPUT, press, readEntry, type, unitsText } from '../src/counting/count-entry.ts';
import type { KeypadKey } from '../src/counting/count-entry.ts';
import {
  countedItems,
  differencesOf,
  dropCount,
  itemOf,
  nextUncounted,
  operationsOf,
  readSession,
  recordCount,
  withConflicts,
  withTracked,
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
    saving: null,
  };
}

describe('a session of counts', () => {
  test('keeps each count with its instant by the clock of the shop, and the last one of a product', () => {
    const session = { ...sessionOf([5, 6]), clockAheadMs: 60_000 };
    const first = recordCount(session, '1', 4, START_MS);
    const second = recordCount(first, '1', 3, START_MS + 5_000);
    expect(countedItems(second).map(({ productId, count }) => [productId, count])).toEqual([
      ['1', { units: 3, countedAt: at(65) }],
    ]);
    expect(countedItems(dropCount(second, '1'))).toEqual([]);
    expect(readSession(JSON.parse(JSON.stringify(second)))).toEqual(second);
  });

  test('goes to the next product that is not counted, round the end', () => {
    const session = recordCount(sessionOf([1, 2, 3]), '3', 1, START_MS);
    expect([-1, 0, 1, 2].map((place) => nextUncounted(session, place))).toEqual([0, 1, 0, 0]);
    const all = ['1', '2'].reduce((now, id) => recordCount(now, id, 1, START_MS), session);
    expect(nextUncounted(all, 0)).toBeNull();
  });

  test('is sent with the instants, and begins to track what nobody does, unless others did meanwhile', () => {
    const counted = ['1', '2', '3'].reduce(
      (now, id) => recordCount(now, id, 7, START_MS),
      sessionOf([5, null, 6]),
    );
    const attributesOf = (session: CountSession) =>
      operationsOf(session, ['1', '2']).map(({ op, data: { id, attributes } }) => [
        op,
        id,
        attributes,
      ]);
    const update = { onHand: 7, countedAt: at(0) };
    expect(attributesOf(counted)).toEqual([
      ['update', '1', update],
      ['add', '2', { onHand: 7 }],
    ]);
    expect(attributesOf(withTracked(counted, ['2']))).toEqual([
      ['update', '1', update],
      ['update', '2', update],
    ]);
  });

  test('a conflict stays with its count until that is made anew or left out', () => {
    const session = recordCount(sessionOf([5]), '1', 4, START_MS);
    const refused = withConflicts(session, new Map([['1', 'count-outdated']]));
    expect(refused.items[0]?.conflict).toBe('count-outdated');
    expect(recordCount(refused, '1', 4, START_MS + 1).items[0]?.conflict).toBeNull();
    expect(dropCount(refused, '1').items[0]?.conflict).toBeNull();
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
