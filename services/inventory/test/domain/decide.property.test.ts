import fc from 'fast-check';
import { times } from '@anaquel/runtime/soak-counts';
import { expect, test } from 'vitest';
import { startAudit } from '../../src/domain/audit.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import { decide, type Decisions } from '../../src/domain/decide.ts';
import { referencesOf } from '../../src/domain/command-references.ts';
import { recordKey, type IdempotencyRecord } from '../../src/domain/idempotency-record.ts';
import { available, levelKey, MAX_ON_HAND, type Level } from '../../src/domain/level.ts';
import { pastsOf } from '../../src/domain/level-past.ts';
import type { Movement } from '../../src/domain/movement.ts';
import type { PositionedPurchase } from '../../src/domain/purchase.ts';
import { holdingsOf, isDue, type Reservation } from '../../src/domain/reservation.ts';
import { NOTHING_KNOWN } from '../../src/domain/sale-knowledge.ts';
import type { Returns } from '../../src/domain/working-state.ts';
import { batchSizes, commandSequences, cut, withStatuses } from '../support/arbitrary-commands.ts';
import { after, command as commandOf, expire } from '../support/commands.ts';
import { inModelWords, openModelShop, pageOf } from '../support/shop-model.ts';

interface StoredRows {
  readonly levels: Map<string, Level>;
  readonly movements: Movement[];
  readonly purchases: PositionedPurchase[];
  readonly reservations: Map<string, Reservation>;
  readonly records: Map<string, IdempotencyRecord>;
}

function emptyBooks(): StoredRows {
  return {
    levels: new Map(),
    movements: [],
    purchases: [],
    reservations: new Map(),
    records: new Map(),
  };
}

function returnsOf({ movements, purchases }: StoredRows): Map<string, Returns> {
  return new Map(
    purchases.map(({ purchase }) => {
      const returned = new Map<number, number>();
      for (const { kind, purchaseId, productId, onHandDelta } of movements) {
        if (kind !== 'return' || purchaseId !== purchase.id) continue;
        returned.set(productId, (returned.get(productId) ?? 0) + onHandDelta);
      }
      return [purchase.id, { purchase, returned }];
    }),
  );
}

/** What levels moved since the instants at which they were counted, added up from the log. */
function pastsFor({ movements }: StoredRows, commands: readonly Command[]) {
  const readings = commands.flatMap(referencesOf).flatMap(({ counts }) => counts);
  return pastsOf(
    readings.map((wanted) => {
      const own = movements.filter(({ productId }) => productId === wanted.productId);
      const later = own.filter(({ kind, at }) => kind !== 'count' && at > wanted.instant);
      const moved = later.reduce((sum, { onHandDelta }) => sum + onHandDelta, 0);
      const last = own.findLast(({ kind }) => kind === 'count');
      return { ...wanted, moved, counted: last ? (last.countedAt ?? last.at) : null };
    }),
  );
}

/** A store in memory. It saves exactly the fold's decisions, and loads everything. */
function stateOf(books: StoredRows, commands: readonly Command[]) {
  const { levels, reservations, records, movements, purchases } = books;
  const counters = { head: movements.length, lastNumber: purchases.length };
  const pasts = pastsFor(books, commands);
  return { ...counters, levels, reservations, records, returns: returnsOf(books), pasts };
}

function save(decisions: Decisions, books: StoredRows): void {
  for (const level of decisions.levels)
    books.levels.set(levelKey(level.productId, level.location), level);
  for (const reservation of decisions.reservations)
    books.reservations.set(reservation.id, reservation);
  for (const record of decisions.records)
    books.records.set(recordKey(record.scope, record.key), record);
  books.movements.push(...decisions.movements);
  books.purchases.push(...decisions.purchases);
}

/** Lets commands that know nothing ask for what they must know. */
function carryOutAsking(batches: readonly (readonly Command[])[], notForSale: readonly number[]) {
  const books = emptyBooks();
  const outcomes = new Map<Command, CommandOutcome>();
  for (const batch of batches) {
    let waiting = batch.map((first) => ({ first, command: { ...first, sale: NOTHING_KNOWN } }));
    for (let round = 0; waiting.length > 0; round += 1) {
      expect(round).toBeLessThan(8);
      const commands = waiting.map(({ command }) => command);
      const decisions = decide(stateOf(books, commands), commands);
      save(decisions, books);
      waiting = waiting.flatMap(({ first, command }, index) => {
        const outcome = decisions.outcomes[index];
        if (!outcome) throw new Error('A command has no outcome');
        const [refusal] = outcome.ok ? [] : outcome.refusals;
        if (refusal?.type !== 'status-unknown') {
          outcomes.set(first, outcome);
          return [];
        }
        const [not, are] = [new Set<number>(command.sale.notForSale), new Set<number>()];
        const { forSale } = command.sale;
        for (const id of forSale === 'others' ? [] : forSale) are.add(id);
        for (const id of refusal.productIds) (notForSale.includes(id) ? not : are).add(id);
        // Whoever asks learns something new.
        expect(not.size + are.size).toBeGreaterThan(
          forSale.length + command.sale.notForSale.length,
        );
        return [
          { first, command: { ...command, sale: { forSale: [...are], notForSale: [...not] } } },
        ];
      });
    }
  }
  return { books, outcomes: batches.flat().map((one) => outcomes.get(one)) };
}

function carryOut(batches: readonly (readonly Command[])[], watch?: (books: StoredRows) => void) {
  const books = emptyBooks();
  const outcomes: CommandOutcome[] = [];
  for (const batch of batches) {
    const decisions = decide(stateOf(books, batch), batch);
    expect(decisions.outcomes).toHaveLength(batch.length);
    save(decisions, books);
    outcomes.push(...decisions.outcomes);
    watch?.(books);
  }
  return { books, outcomes };
}

function audit({ levels, movements, purchases, reservations }: StoredRows) {
  const running = startAudit();
  const numbers = new Map(purchases.map((each) => [each.firstPosition, each.purchase.number]));
  for (const movement of movements) {
    const beginsNumber = numbers.get(movement.position) ?? null;
    running.movement({ ...movement, purchaseExists: movement.purchaseId !== null, beginsNumber });
  }
  for (const level of levels.values()) running.level(level);
  for (const positioned of purchases) {
    const { firstPosition, lastPosition } = positioned;
    const its = movements.slice(firstPosition - 1, lastPosition);
    running.purchase({ ...positioned, movements: its, recordsFound: null });
  }
  const ids = new Set(purchases.map(({ purchase }) => purchase.id));
  for (const { id, status, lines, expiresAt } of reservations.values()) {
    if (status !== 'active') continue;
    for (const holding of holdingsOf(lines).values())
      running.hold({ ...holding, reservationId: id, expiresAt });
  }
  for (const reservation of reservations.values()) {
    const { purchaseId } = reservation;
    running.reservation({ reservation, purchaseExists: ids.has(purchaseId ?? '') });
  }
  return running.report();
}

test('any commands in any batches have the outcomes of the model', () => {
  fc.assert(
    fc.property(commandSequences(60), batchSizes, (commands, sizes) => {
      const shop = openModelShop();
      const expected = commands.map((command) => shop.ask(command));
      const { books, outcomes } = carryOut(cut(commands, sizes));

      expect(outcomes.map(inModelWords)).toEqual(expected);
      const shelves = [...books.levels.values()].map((level) => {
        const { productId, onHand, lowStockThreshold: threshold, version, sequence } = level;
        expect(level.reserved).toBe(shop.held(productId));
        return [productId, { onHand, threshold, changes: version, movements: sequence }];
      });
      expect(Object.fromEntries(shelves)).toEqual(Object.fromEntries(shop.shelves));
      expect(books.movements.map(pageOf)).toEqual(shop.book);
      const slips = [...books.reservations.values()].map((reservation) => {
        const { id, status, expiresAt: until, purchaseId, owner } = reservation;
        return { id, status, until, purchaseId, owner };
      });
      expect(slips).toEqual(
        [...shop.slips.values()].map(({ id, status, until, purchaseId, owner }) => {
          return { id, status, until, purchaseId, owner };
        }),
      );
      const receipts = books.purchases.map(({ purchase: { id, number, owner, lines } }) => {
        return [
          id,
          number,
          owner,
          lines.map(({ productId, availableAfter }) => [productId, availableAfter]),
        ];
      });
      const written = [...shop.receipts].map(([id, { number, owner, left }]) => {
        const purchase = books.purchases.find(
          (positioned) => positioned.purchase.id === id,
        )?.purchase;
        const products = purchase?.lines.map(({ productId }) => productId) ?? [];
        return [id, number, owner, products.map((productId) => [productId, left.get(productId)])];
      });
      expect(receipts).toEqual(written);
    }),
    { numRuns: times({ test: 100, soak: 4_000 }) },
  );
});

test('after every batch balances are within bounds, positions have no gap and the audit is clean', () => {
  fc.assert(
    fc.property(commandSequences(40), batchSizes, (commands, sizes) => {
      carryOut(cut(commands, sizes), (books) => {
        for (const level of books.levels.values()) {
          expect(available(level)).toBeGreaterThanOrEqual(0);
          expect(level.reserved).toBeGreaterThanOrEqual(0);
          expect(level.onHand).toBeLessThanOrEqual(MAX_ON_HAND);
          const own = books.movements.filter(({ productId }) => productId === level.productId);
          expect(own.reduce((sum, { onHandDelta }) => sum + onHandDelta, 0)).toBe(level.onHand);
          expect(own.reduce((sum, m) => sum + m.reservedDelta, 0)).toBe(level.reserved);
          expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
        }
        expect(books.movements.map(({ position }) => position)).toEqual(
          books.movements.map((_, index) => index + 1),
        );
        expect(audit(books)).toMatchObject({ clean: true, disagreements: [] });
      });
    }),
    { numRuns: times({ test: 50, soak: 2_000 }) },
  );
});

test('reserved units are those of live reservations, and no reservation outlives its time', () => {
  fc.assert(
    fc.property(commandSequences(40), (commands) => {
      let done = 0;
      const batches = cut(commands, [1]);
      carryOut(batches, ({ levels, reservations }) => {
        const at = batches[done]?.[0]?.at ?? '';
        const replayed = batches[done]?.[0]?.idempotency !== null;
        done += 1;
        const reservedUnits = new Map<string, number>();
        for (const reservation of reservations.values()) {
          if (reservation.status !== 'active') continue;
          // A replay changes nothing, so it does not expire reservations either.
          if (!replayed) expect(isDue(reservation, at)).toBe(false);
          for (const [key, { quantity }] of holdingsOf(reservation.lines))
            reservedUnits.set(key, (reservedUnits.get(key) ?? 0) + quantity);
        }
        for (const [key, { reserved }] of levels)
          expect(reserved).toBe(reservedUnits.get(key) ?? 0);
      });
    }),
    { numRuns: times({ test: 25, soak: 1_000 }) },
  );
});

test('each reservation ends at most once, and no purchase returns more units than it sold', () => {
  fc.assert(
    fc.property(commandSequences(60), batchSizes, (commands, sizes) => {
      const { books } = carryOut(cut(commands, sizes));
      for (const { id, status, lines, purchaseId } of books.reservations.values()) {
        const its = books.movements.filter(({ reservationId }) => reservationId === id);
        const products = holdingsOf(lines).size;
        const ended = its.filter(({ reservedDelta }) => reservedDelta < 0);
        expect(ended).toHaveLength(status === 'active' ? 0 : products);
        const sold = ended.filter(({ kind }) => kind === 'sale');
        expect(sold).toHaveLength(status === 'confirmed' ? products : 0);
        expect(sold.every((movement) => movement.purchaseId === purchaseId)).toBe(true);
      }
      for (const { purchase, returned } of returnsOf(books).values()) {
        for (const [productId, units] of returned) {
          const lines = purchase.lines.filter((line) => line.productId === productId);
          expect(units).toBeLessThanOrEqual(lines.reduce((sum, { quantity }) => sum + quantity, 0));
        }
      }
    }),
    { numRuns: times({ test: 25, soak: 1_000 }) },
  );
});

test('the outcome does not depend on how commands are cut into batches', () => {
  fc.assert(
    fc.property(commandSequences(40), batchSizes, (commands, sizes) => {
      const oneByOne = carryOut(cut(commands, [1]));
      expect(carryOut([commands])).toEqual(oneByOne);
      expect(carryOut(cut(commands, sizes))).toEqual(oneByOne);
    }),
    { numRuns: times({ test: 50, soak: 2_000 }) },
  );
});

test('a refused command changes nothing, except that due reservations have expired', () => {
  fc.assert(
    fc.property(commandSequences(40), (commands) => {
      const { books, outcomes } = carryOut(cut(commands, [1]));
      // Records the expiry of due reservations, and changes nothing else.
      const nothing = ({ at, sale }: Command): Command => ({
        id: '',
        owner: '',
        actor: '',
        at,
        traceparent: null,
        sale,
        idempotency: null,
        type: 'change-reservation',
        reservationId: 'none',
        change: { type: 'release' },
      });
      const accepted = commands.map((one, index) => (outcomes[index]?.ok ? one : nothing(one)));
      const reused = outcomes.some(
        (outcome) => !outcome.ok && outcome.refusals[0]?.type === 'idempotency-key-reused',
      );
      // A command with a refused key is not processed further, and expires nothing.
      if (!reused) expect(carryOut(cut(accepted, [1])).books).toEqual(books);
    }),
    { numRuns: times({ test: 25, soak: 1_000 }) },
  );
});

test('commands that ask what they must know have the outcomes of those that knew it, and tell the same', () => {
  fc.assert(
    fc.property(commandSequences(40), fc.subarray([1, 2, 3, 4]), (all, notForSale) => {
      const begun = withStatuses(all, notForSale);
      const slips = begun.filter(({ type }) => type === 'reserve').map(({ id }) => id);
      const at = after(100_000);
      const commands = [
        ...begun,
        ...slips.map((id) => commandOf([expire(id)], { at, notForSale })),
      ];
      const knowing = carryOut(cut(commands, [1]));
      const asking = carryOutAsking(cut(commands, [1]), notForSale);
      // An expiry that nobody depends on waits, so positions differ.
      const withoutPosition = (key: string, value: unknown) => (key === 'position' ? 0 : value);
      const said = ({ outcomes }: { outcomes: readonly (CommandOutcome | undefined)[] }): unknown =>
        JSON.parse(JSON.stringify(outcomes.slice(0, begun.length), withoutPosition));
      expect(said(asking)).toEqual(said(knowing));
      const pages = ({ books }: { books: StoredRows }) =>
        Object.fromEntries(Map.groupBy(books.movements.map(pageOf), (page) => page.productId));
      expect(pages(asking)).toEqual(pages(knowing));
      expect(asking.books.levels).toEqual(knowing.books.levels);
    }),
    { numRuns: times({ test: 50, soak: 2_000 }) },
  );
});

test('whoever asks in a batch with others is answered in the end, and the audit is clean', () => {
  fc.assert(
    fc.property(commandSequences(40), batchSizes, fc.subarray([1, 2, 3, 4]), (all, sizes, not) => {
      const { books, outcomes } = carryOutAsking(cut(withStatuses(all, not), sizes), not);
      expect(outcomes).not.toContain(undefined);
      expect(audit(books)).toMatchObject({ clean: true, disagreements: [] });
      const crossings = books.movements.filter(({ crossing }) => crossing !== null);
      expect(crossings.filter(({ productId }) => not.includes(productId))).toEqual([]);
    }),
    { numRuns: times({ test: 25, soak: 1_000 }) },
  );
});

test('a batch does not change its input', () => {
  fc.assert(
    fc.property(commandSequences(20), commandSequences(20), (before, commands) => {
      const { books } = carryOut([before]);
      const state = stateOf(books, commands);
      const copy = structuredClone(state);
      decide(state, commands);
      expect(state).toEqual(copy);
    }),
    { numRuns: times({ test: 12, soak: 500 }) },
  );
});
