import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startAudit } from '../../src/domain/audit.ts';
import type { Command, IdempotencyRecord, Outcome } from '../../src/domain/command.ts';
import { decide, recordKey, type PlacedPurchase } from '../../src/domain/decide.ts';
import { available, levelKey, MAX_ON_HAND, type Level } from '../../src/domain/level.ts';
import type { Movement } from '../../src/domain/movement.ts';
import { batchSizes, commandSequences, cut } from '../support/arbitrary-commands.ts';
import { inModelWords, openModelShop } from '../support/shop-model.ts';

interface Books {
  readonly levels: Map<string, Level>;
  readonly movements: Movement[];
  readonly purchases: PlacedPurchase[];
  readonly records: Map<string, IdempotencyRecord>;
}

/** A store in memory: saves what the fold says and nothing else. */
function carryOut(batches: readonly (readonly Command[])[], watch?: (books: Books) => void) {
  const books: Books = { levels: new Map(), movements: [], purchases: [], records: new Map() };
  const outcomes: Outcome[] = [];
  for (const batch of batches) {
    const state = { head: books.movements.length, levels: books.levels, records: books.records, reservations: new Map(), returns: new Map() };
    const decisions = decide(state, batch);
    expect(decisions.outcomes).toHaveLength(batch.length);
    for (const level of decisions.levels)
      books.levels.set(levelKey(level.productId, level.location), level);
    for (const record of decisions.records)
      books.records.set(recordKey(record.scope, record.key), record);
    books.movements.push(...decisions.movements);
    books.purchases.push(...decisions.purchases);
    outcomes.push(...decisions.outcomes);
    watch?.(books);
  }
  return { books, outcomes };
}

function audit({ levels, movements, purchases }: Books) {
  const running = startAudit();
  for (const movement of movements)
    running.movement({ ...movement, purchaseExists: movement.purchaseId !== null });
  for (const level of levels.values()) running.level(level);
  for (const placed of purchases) {
    const its = movements.filter(({ purchaseId }) => purchaseId === placed.purchase.id);
    running.purchase({ ...placed, movements: its });
  }
  return running.report();
}

test('any commands in any batches do what a simple shop does', () => {
  fc.assert(
    fc.property(commandSequences(60), batchSizes, (commands, sizes) => {
      const shop = openModelShop();
      const expected = commands.map((command) => shop.ask(command));
      const { books, outcomes } = carryOut(cut(commands, sizes));

      expect(outcomes.map(inModelWords)).toEqual(expected);
      const shelves = [...books.levels.values()].map(
        ({ productId, onHand, lowStockThreshold, version, sequence }) => {
          return [
            productId,
            { onHand, threshold: lowStockThreshold, changes: version, movements: sequence },
          ];
        },
      );
      expect(Object.fromEntries(shelves)).toEqual(Object.fromEntries(shop.shelves));
      const book = books.movements.map((m) => {
        const { productId, sequence, kind, onHandDelta: delta, onHandAfter: after, purchaseId } = m;
        return { productId, sequence, kind, delta, after, purchaseId };
      });
      expect(book).toEqual(shop.book);
    }),
    { numRuns: 400 },
  );
});

test('after every batch balances are within bounds, positions have no gap and the audit is clean', () => {
  fc.assert(
    fc.property(commandSequences(40), batchSizes, (commands, sizes) => {
      carryOut(cut(commands, sizes), (books) => {
        for (const level of books.levels.values()) {
          expect(available(level)).toBeGreaterThanOrEqual(0);
          expect(level.onHand).toBeLessThanOrEqual(MAX_ON_HAND);
          const own = books.movements.filter(({ productId }) => productId === level.productId);
          expect(own.reduce((sum, { onHandDelta }) => sum + onHandDelta, 0)).toBe(level.onHand);
          expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
        }
        expect(books.movements.map(({ position }) => position)).toEqual(
          books.movements.map((_, index) => index + 1),
        );
        expect(audit(books)).toMatchObject({ clean: true, disagreements: [] });
      });
    }),
    { numRuns: 200 },
  );
});

test('how a sequence is cut into batches changes nothing', () => {
  fc.assert(
    fc.property(commandSequences(40), batchSizes, (commands, sizes) => {
      const oneByOne = carryOut(cut(commands, [1]));
      expect(carryOut([commands])).toEqual(oneByOne);
      expect(carryOut(cut(commands, sizes))).toEqual(oneByOne);
    }),
    { numRuns: 200 },
  );
});

test('a refused command changes nothing', () => {
  fc.assert(
    fc.property(commandSequences(40), (commands) => {
      const { books, outcomes } = carryOut(cut(commands, [1]));
      const accepted = commands.filter((_, index) => outcomes[index]?.ok);
      expect(carryOut(cut(accepted, [1])).books).toEqual(books);
    }),
    { numRuns: 100 },
  );
});

test('a batch leaves the state it was given as it was', () => {
  fc.assert(
    fc.property(commandSequences(20), commandSequences(20), (before, commands) => {
      const { books } = carryOut([before]);
      const state = { head: books.movements.length, levels: books.levels, records: books.records, reservations: new Map(), returns: new Map() };
      const copy = structuredClone(state);
      decide(state, commands);
      expect(state).toEqual(copy);
    }),
    { numRuns: 50 },
  );
});
