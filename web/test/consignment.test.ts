import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addLines,
  addProducts,
  changeLine,
  EMPTY_CONSIGNMENT,
  MOST_LINES,
  openLines,
  operationsOf,
  readConsignment,
  reasonOf,
  removeLine,
  unitsOf,
  type Consignment,
} from '../src/receiving/consignment.ts';
import { isTable, readPastedLines } from '../src/receiving/pasted-lines.ts';
import { isScannedCode } from '../src/stock/scanned-code.ts';

const product = (id: string) => ({ id, name: `Product ${id}`, sku: null });
const found = (id: string) => ({ search: 'found', product: product(id) }) as const;

type Act =
  | { readonly add: string; readonly quantity: number | null }
  | { readonly found: string; readonly at: number }
  | { readonly quantity: number; readonly at: number }
  | { readonly remove: number };

const at = fc.nat(20);
const acts = fc.array(
  fc.oneof(
    fc.record({
      add: fc.constantFrom('A', 'B', 'C'),
      quantity: fc.option(fc.integer({ min: 1, max: 50 })),
    }),
    fc.record({ found: fc.constantFrom('1', '2', '3'), at }),
    fc.record({ quantity: fc.integer({ min: 1, max: 50 }), at }),
    fc.record({ remove: at }),
  ),
);

function apply(consignment: Consignment, act: Act): Consignment {
  if ('add' in act) return addLines(consignment, [{ code: act.add, quantity: act.quantity }]);
  const id = consignment.lines['remove' in act ? act.remove : act.at]?.id ?? -1;
  if ('remove' in act) return removeLine(consignment, id);
  return changeLine(
    consignment,
    id,
    'found' in act ? found(act.found) : { quantity: act.quantity },
  );
}

describe('a consignment', () => {
  test('keeps every unit and one line a product, whatever is done to it in which order', () => {
    fc.assert(
      fc.property(acts, (list) => {
        let consignment = EMPTY_CONSIGNMENT;
        for (const act of list) {
          const before = consignment;
          consignment = apply(before, act);
          // Only a new quantity and a line that goes change how many units there are.
          const isJoining = 'found' in act;
          const unitsBefore = isJoining ? unitsOf(before) : unitsOf(consignment);
          expect(unitsOf(consignment)).toBe(unitsBefore);
          const whole = consignment.lines.filter((line) => line.product && line.quantity !== null);
          expect(new Set(whole.map((line) => line.product?.id)).size).toBe(whole.length);
          expect(new Set(consignment.lines.map(({ id }) => id)).size).toBe(
            consignment.lines.length,
          );
          expect(openLines(consignment).length).toBe(consignment.lines.length - whole.length);
        }
        expect(readConsignment(JSON.parse(JSON.stringify(consignment)))).toEqual(consignment);
        const booked = operationsOf(consignment, []).reduce(
          (sum, { operation: { data } }) =>
            sum + (data.attributes as { quantity: number }).quantity,
          0,
        );
        const open = openLines(consignment).reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
        expect(booked).toBe(unitsOf(consignment) - open);
      }),
    );
  });

  test('adds units of a product that has a line, and leaves its place to the latest', () => {
    const scanned = ['A', 'B', 'A'].map((code) => ({ code, quantity: 1 }));
    const consignment = addLines(EMPTY_CONSIGNMENT, scanned);
    const [third, second, first] = consignment.lines;
    const all = [first, second, third].reduce(
      (now, line) => changeLine(now, line?.id ?? 0, found(line?.code === 'A' ? '1' : '2')),
      consignment,
    );
    expect(all.lines.map((line) => [line.product?.id, line.quantity])).toEqual([
      ['1', 2],
      ['2', 1],
    ]);
  });

  test('takes products that are known, beside what is there, and adds to their lines', () => {
    const scanned = addLines(EMPTY_CONSIGNMENT, [{ code: 'A', quantity: 1 }]);
    const started = changeLine(scanned, scanned.lines[0]?.id ?? 0, found('1'));
    const ordered = addProducts(started, [
      { product: product('2'), quantity: 6 },
      { product: product('1'), quantity: 4 },
    ]);
    expect(ordered.lines.map((line) => [line.product?.id, line.quantity])).toEqual([
      ['1', 5],
      ['2', 6],
    ]);
    expect(openLines(ordered)).toEqual([]);
  });

  test('is booked in the order in which it came, with its texts as the reason, and begins to track what nobody does', () => {
    const codes = ['A', 'B'].map((code) => ({ code, quantity: 3 }));
    const named = { ...EMPTY_CONSIGNMENT, supplier: ' Gómez ', note: '4711' };
    const consignment = addLines(named, codes).lines.reduce(
      (now, { id, code }) => changeLine(now, id, found(code)),
      addLines(named, codes),
    );
    expect(reasonOf(consignment)).toBe('Gómez · 4711');
    const operations = operationsOf(consignment, ['B']).map(({ operation }) => operation);
    expect(operations.map(({ data: { type, id, attributes } }) => [type, id, attributes])).toEqual([
      ['stock-movements', undefined, { kind: 'receipt', quantity: 3, reason: 'Gómez · 4711' }],
      ['inventories', 'B', { onHand: 0 }],
      ['stock-movements', undefined, { kind: 'receipt', quantity: 3, reason: 'Gómez · 4711' }],
    ]);
  });

  test('has a bound, and needs no more operations than a request takes', () => {
    const many = Array.from({ length: MOST_LINES + 7 }, (_, n) => ({ code: `${n}`, quantity: 1 }));
    expect(addLines(EMPTY_CONSIGNMENT, many).lines).toHaveLength(MOST_LINES);
    expect(MOST_LINES * 2).toBeLessThanOrEqual(1_000);
  });

  test('is empty where the browser has kept nonsense', () => {
    for (const nonsense of [null, 7, [], 'text', { lines: 7 }, { lines: [{ id: '1' }] }])
      expect(readConsignment(nonsense)).toEqual(EMPTY_CONSIGNMENT);
  });
});

describe('what is pasted', () => {
  test('are rows of code and quantity, with or without names of columns', () => {
    const text = 'SKU\tUnits\r\nMUG-1\t12\r\n\r\n4006381333931\t1,000\nLAMP\t\nBOX;7\nPLAIN\n';
    expect(isTable(text)).toBe(true);
    expect(readPastedLines(text, 'en-US')).toEqual([
      { code: 'MUG-1', quantity: 12 },
      { code: '4006381333931', quantity: 1_000 },
      { code: 'LAMP', quantity: null },
      { code: 'BOX', quantity: 7 },
      { code: 'PLAIN', quantity: 1 },
    ]);
  });

  test('takes the last cell that is a quantity, as consignment notes have it', () => {
    const rows = readPastedLines('MUG-1\t4006381333931\tCeramic mug\t6\nMUG-2\tx\t0', 'es-ES');
    expect(rows).toEqual([
      { code: 'MUG-1', quantity: 6 },
      { code: 'MUG-2', quantity: null },
    ]);
  });

  test('is one code when it is one', () => {
    expect(isTable(' MUG-1\n')).toBe(false);
  });
});

test('a scanner is told from a quantity by what it types', () => {
  expect(['96385074', '4006381333931', 'MUG-1', ' AB1 '].map(isScannedCode)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['', '1', '9999999', '1.000', '12x'.slice(0, 2), '1,5'].map(isScannedCode)).not.toContain(
    true,
  );
});
