import type { CloudEvent } from '@anaquel/events';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sort } from '@anaquel/jsonapi';
import { times } from '@anaquel/runtime/soak-counts';
import {
  BatchRefusedError,
  type LevelFilter,
  type LevelSort,
} from '../../src/application/ledger.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import { RECORD_FORMAT } from '../../src/domain/idempotency-record.ts';
import {
  eventsAfter,
  expectCrossings,
  redelivered,
  shuffled,
  stockByOrder,
  stockBySequence,
} from '../support/event-consumers.ts';
import { batchSizes, commandSequences, cut, withStatuses } from '../support/arbitrary-commands.ts';
import {
  adjust,
  after,
  AT,
  command,
  confirm,
  count,
  giveBack,
  nextId,
  receive,
  refusalTypes,
  release,
  reserve,
  sale,
  setThreshold,
  track,
  withKey,
} from '../support/commands.ts';
import { by, listOf, where } from '../support/lists.ts';
import { inModelWords, openModelShop, pageOf, type Answer } from '../support/shop-model.ts';
import {
  commitBesideOthers,
  everything,
  newProduct,
  sharedStore,
  sweep,
  type TestStore,
} from '../support/test-store.ts';
import { listContract } from './list-contract.ts';
import { reservationContract } from './reservation-contract.ts';

/**
 * The promises of every ledger, whatever its database. `openStore` opens a new, empty, migrated
 * store.
 */
export function ledgerContract(name: string, openStore: () => Promise<TestStore>): void {
  writingContract(name, openStore);
  describe(`${name}, in lists`, () => listContract(openStore));
}

/** Those that transactions keep. */
export function writingContract(name: string, openStore: () => Promise<TestStore>): void {
  describe(name, () => {
    describe('commits', () => commitContract(openStore));
    describe('reads', () => readContract(openStore));
    describe('reservations and returns', () => reservationContract(openStore));
    describe('housekeeping', () => housekeepingContract(openStore));
    test('carries out any commands in any batches with the outcomes of the model', () =>
      likeAShop(openStore));
  });
}

function purchaseIdOf(outcome: CommandOutcome | undefined): string {
  if (!outcome?.ok || outcome.result.type !== 'purchase') throw new Error('This was no purchase');
  return outcome.result.purchase.id;
}

function commitContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);

  test('gives one outcome for each command, in order, and saves the accepted ones', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const head = await reader.head();
    const bought = sale([{ productId: product, quantity: 2 }]);
    const outcomes = await ledger.commitBatch([
      command([track(product, 5)]),
      command([track(product, 9)]),
      bought,
      sale([{ productId: product, quantity: 4 }]),
      command([adjust(product, -1, 'broken')]),
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([
      [],
      ['already-tracked'],
      [],
      ['insufficient-stock'],
      [],
    ]);
    expect(outcomes.map((outcome) => outcome.ok && outcome.position)).toEqual([
      head + 1,
      false,
      head + 2,
      false,
      head + 3,
    ]);
    expect(await reader.level(product, 'main')).toMatchObject({
      onHand: 2,
      reserved: 0,
      sequence: 3,
      version: 3,
    });
    expect(await reader.head()).toBe(head + 3);
    expect(await reader.purchase(bought.id)).toMatchObject({
      id: bought.id,
      owner: 'till',
      actor: 'ana',
      total: 500,
    });
    expect(await reader.movement(head + 3)).toEqual({
      position: head + 3,
      productId: product,
      location: 'main',
      sequence: 3,
      kind: 'adjustment',
      onHandDelta: -1,
      reservedDelta: 0,
      onHandAfter: 2,
      reservedAfter: 0,
      countedOnHand: null,
      countedAt: null,
      purchaseId: null,
      reservationId: null,
      madeLow: false,
      crossing: null,
      reservationChange: null,
      reason: 'broken',
      actor: 'ana',
      at: AT,
      traceparent: null,
    });
  });

  test('a movement says where its change was traced, and one that expires with it was not', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const before = await reader.head();
    await ledger.commitBatch([
      command([track(product, 5)]),
      reserve([{ productId: product, quantity: 1 }], 1),
      sale([{ productId: product, quantity: 1 }], { at: after(2), traceparent }),
    ]);
    const entries = await reader.entriesAfter(before, 1_000);
    const movements = entries
      .map(({ movement }) => movement)
      .filter(({ productId }) => productId === product);
    expect(movements.map((one) => [one.kind, one.traceparent])).toEqual([
      ['count', null],
      ['reservation', null],
      ['release', null],
      ['sale', traceparent],
    ]);
  });

  test('a stored outcome is read back unchanged', async () => {
    const { ledger, reader } = shared;
    const [one, two] = [newProduct(), newProduct()];
    const request = sale(
      [
        { productId: one, quantity: 1 },
        { productId: two, quantity: 2 },
        { productId: one, quantity: 1 },
      ],
      { owner: 'gateway/customer:7', actor: 'customer:7' },
    );
    const [, , outcome] = await ledger.commitBatch([
      command([track(one, 3)]),
      command([track(two, 2)]),
      request,
    ]);
    if (!outcome?.ok || outcome.result.type !== 'purchase')
      throw new Error('The purchase was refused');
    const { purchase } = outcome.result;
    const returned = purchase.lines.map(() => 0);
    expect(await reader.purchase(request.id)).toEqual({ ...purchase, returned });
    expect(purchase.lines.map(({ availableAfter }) => availableAfter)).toEqual([1, 0, 1]);
  });

  test('a batch of refusals changes nothing', async () => {
    const { ledger, reader } = shared;
    const before = await everything(reader);
    const outcomes = await ledger.commitBatch([
      command([receive(newProduct(), 1)]),
      withKey(sale([{ productId: newProduct(), quantity: 1 }]), nextId()),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false]);
    expect(await everything(reader)).toEqual(before);
  });

  test('a key is answered with its first outcome within a batch, in a later one, and by another connection', async () => {
    const { ledger, reader, store } = shared;
    const product = newProduct();
    const request = withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    const again = (): Command => ({ ...request, id: nextId() });
    const [, first, second] = await ledger.commitBatch([
      command([track(product, 9)]),
      request,
      again(),
    ]);
    expect(first).toMatchObject({ ok: true, replayed: false });
    const replay = { ...first, replayed: true };
    expect(second).toEqual(replay);
    expect(await ledger.commitBatch([again()])).toEqual([replay]);

    const reopened = store.connect();
    expect(await reopened.ledger.commitBatch([again()])).toEqual([replay]);
    await reopened.close();

    expect(await reader.level(product, 'main')).toMatchObject({ onHand: 8 });
    const { scope, key, fingerprint } = request.idempotency ?? {
      scope: '',
      key: '',
      fingerprint: '',
    };
    expect(await reader.record(scope, key)).toEqual({
      scope,
      key,
      fingerprint,
      outcome: first,
      at: AT,
      format: RECORD_FORMAT,
    });
    expect(await reader.record('someone else', key)).toBeNull();
  });

  test('the results of many steps are replayed unchanged, whatever has changed since', async () => {
    const { ledger, reader, store } = shared;
    const product = newProduct();
    const steps = [
      track(product, 4),
      receive(product, 2, 'delivery'),
      setThreshold(product, 3),
      adjust(product, -1),
    ];
    const request = withKey(command(steps), nextId());
    const [first] = await ledger.commitBatch([request]);
    if (!first?.ok || first.result.type !== 'changes') throw new Error('It told of no changes');
    const [, received, , adjusted] = first.result.changes;
    const position = first.position ?? 0;
    expect(received).toEqual({ movement: await reader.movement(position - 1) });
    expect(adjusted).toEqual({ movement: await reader.movement(position) });
    await ledger.commitBatch([command([count(product, 99)])]);

    const replay = { ...first, replayed: true };
    const reopened = store.connect();
    expect(await reopened.ledger.commitBatch([{ ...request, id: nextId() }])).toEqual([replay]);
    await reopened.close();
    const { scope, key } = request.idempotency ?? { scope: '', key: '' };
    expect((await reader.record(scope, key))?.outcome).toEqual(first);
  });

  test('a key of another command is refused, in the same batch and later', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const key = nextId();
    const request = withKey(sale([{ productId: product, quantity: 1 }]), key);
    const other = withKey(sale([{ productId: product, quantity: 2 }]), key);
    const together = await ledger.commitBatch([command([track(product, 9)]), request, other]);
    expect(together.map(refusalTypes)).toEqual([[], [], ['idempotency-key-reused']]);
    expect((await ledger.commitBatch([other])).map(refusalTypes)).toEqual([
      ['idempotency-key-reused'],
    ]);
    expect(await reader.level(product, 'main')).toMatchObject({ onHand: 8 });
  });

  test('a threshold alone is saved, and makes no movement', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    await ledger.commitBatch([command([track(product, 3, 1)])]);
    const head = await reader.head();
    const [outcome] = await ledger.commitBatch([
      withKey(command([setThreshold(product, null)]), nextId()),
    ]);
    expect(outcome).toMatchObject({ ok: true, position: null });
    expect(await reader.level(product, 'main')).toMatchObject({
      lowStockThreshold: null,
      version: 2,
      sequence: 1,
    });
    expect(await reader.head()).toBe(head);
  });

  test('a count that was begun before 20 sales, a receipt and an expiry is exact when it is saved', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const at = (seconds: number) => ({ at: after(1_000 + seconds) });
    const slip = reserve([{ productId: product, quantity: 3 }], 30, at(0));
    await ledger.commitBatch([command([track(product, 100)], at(0)), slip]);
    // Two are missing: 98 are on the shelf.
    const countedAt = after(1_020);
    const sales = Array.from({ length: 20 }, (_, index) =>
      sale([{ productId: product, quantity: 1 + (index % 2) }], at(21 + index)),
    );
    for (const half of [sales.slice(0, 9), sales.slice(9)]) await ledger.commitBatch(half);
    const late = command([count(product, 98, { countedAt })], at(60));
    const outcomes = await ledger.commitBatch([
      command([receive(product, 12)], at(45)),
      sale([{ productId: product, quantity: 4 }], at(60)),
      late,
      command([count(product, 90, { countedAt: after(1_019) })], at(61)),
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([[], [], [], ['count-outdated']]);
    expect(await reader.level(product, 'main')).toMatchObject({
      onHand: 98 - 30 + 12 - 4,
      reserved: 0,
    });
    const [movement] = (await reader.latestMovements([product], 1)).get(product)?.items ?? [];
    expect(movement).toMatchObject({
      kind: 'count',
      onHandDelta: -2,
      countedOnHand: 98,
      countedAt,
      at: after(1_060),
    });
  });

  test.each([
    ['in their order', [10, 15], [[], []], [-1, 0]],
    ['the later one first', [15, 10], [[], ['count-outdated']], [-1]],
  ])(
    'counts that cross each other, reservations and a return are exact, saved %s',
    async (_, secondsOfCounts, refusals, deltas) => {
      const { ledger, reader } = shared;
      const product = newProduct();
      const at = (seconds: number) => ({ at: after(2_000 + seconds) });
      const sold = sale([{ productId: product, quantity: 5 }], at(5));
      const taken = reserve([{ productId: product, quantity: 3 }], 300, at(6));
      const left = reserve([{ productId: product, quantity: 2 }], 300, at(7));
      await ledger.commitBatch([command([track(product, 50)], at(0)), sold, taken, left]);
      await ledger.commitBatch([
        command([confirm(taken.id)], at(12)),
        command([giveBack(sold.id, product, 2)], at(14)),
        command([release(left.id)], at(16)),
        command([receive(product, 6)], at(18)),
      ]);
      // One of 45 is missing on the shelf, and is so still after 3 were sold and 2 came back.
      const unitsAt = new Map([
        [10, 44],
        [15, 44 - 3 + 2],
      ]);
      const outcomes: string[][] = [];
      for (const [turn, seconds] of secondsOfCounts.entries()) {
        const countedAt = after(2_000 + seconds);
        const one = count(product, unitsAt.get(seconds) ?? 0, { countedAt });
        const [outcome] = await ledger.commitBatch([command([one], at(20 + turn))]);
        outcomes.push(refusalTypes(outcome ?? { ok: true }));
      }
      expect(outcomes).toEqual(refusals);
      expect(await reader.level(product, 'main')).toMatchObject({ onHand: 49, reserved: 0 });
      const latest = (await reader.latestMovements([product], 20)).get(product)?.items ?? [];
      const counts = latest.filter(({ countedAt }) => countedAt !== null);
      expect(counts.toReversed().map(({ onHandDelta }) => onHandDelta)).toEqual(deltas);
    },
  );

  test('data that the store refuses changes nothing of its batch, keys included', async () => {
    const { ledger, reader, store } = shared;
    await store.refuseReason('poison');
    const product = newProduct();
    await ledger.commitBatch([command([track(product, 9)])]);
    const before = await everything(reader);
    const good = withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    const batch = [good, command([adjust(product, -1, 'poison')]), command([receive(product, 1)])];
    await expect(ledger.commitBatch(batch)).rejects.toThrow(BatchRefusedError);
    expect(await everything(reader)).toEqual(before);
    expect(await reader.record('till purchase', good.idempotency?.key ?? '')).toBeNull();

    const [outcome] = await ledger.commitBatch([good]);
    expect(outcome).toMatchObject({ ok: true, replayed: false });
  });

  test('text is read back as it was saved', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const reason = `O'Brien"; DROP TABLE levels; -- ñ 漢字 🛒 \u202e \n end`;
    await ledger.commitBatch([
      command([track(product, 9)]),
      command([adjust(product, -1, reason)], { actor: reason }),
    ]);
    expect(await reader.movement(await reader.head())).toMatchObject({ reason, actor: reason });
  });

  test('two writers of one store never sell a unit twice and leave no gap', async () => {
    const { store, reader } = shared;
    const product = newProduct();
    const [one, two] = [store.connect(), store.connect()];
    await one.ledger.commitBatch([command([track(product, 150)])]);
    const buy = (): Command => withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    const commits: Promise<readonly CommandOutcome[]>[] = [];
    const sharedKey = withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    for (let round = 0; round < 20; round += 1) {
      for (const { ledger } of [one, two]) {
        const batch = [buy(), buy(), { ...sharedKey, id: nextId() }, buy(), buy()];
        commits.push(commitBesideOthers(ledger, batch));
      }
    }
    const outcomes = (await Promise.all(commits)).flat();
    const fresh = outcomes.filter((outcome) => outcome.ok && !outcome.replayed);
    const replays = outcomes.filter((outcome) => outcome.ok && outcome.replayed);
    expect(fresh).toHaveLength(150);
    expect(replays).toHaveLength(39);
    expect(new Set(fresh.map(purchaseIdOf))).toHaveProperty('size', 150);
    expect(
      outcomes
        .filter(({ ok }) => !ok)
        .every((outcome) => refusalTypes(outcome).join() === 'insufficient-stock'),
    ).toBe(true);
    expect(await reader.level(product, 'main')).toMatchObject({ onHand: 0, sequence: 151 });
    expect(await reader.audit()).toMatchObject({ clean: true, position: await reader.head() });
    await Promise.all([one.close(), two.close()]);
  });

  test('after all of this the audit is clean', async () => {
    const report = await shared.reader.audit();
    expect(report).toMatchObject({ clean: true, disagreements: [] });
    expect(report.position).toBe(await shared.reader.head());
  });
}

function readContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  const buyers = ['ana', 'bob', 'ana', 'ana', 'bob'];
  const purchases = buyers.map((owner, index) => {
    return sale(
      [
        { productId: 1, quantity: 1 },
        { productId: 3, quantity: index + 1 },
      ],
      { owner },
    );
  });

  // Levels: 1 has 15 of 20, 2 has 7 (low at 10), 3 has 15 of 30 (low at 15), 4 none (no threshold).
  beforeAll(async () => {
    const at = (minute: number): string => `2026-03-01T12:0${minute}:00.000Z`;
    await shared.ledger.commitBatch([
      command([track(1, 20, 3)], { at: at(4) }),
      command([track(2, 7, 10)], { at: at(3) }),
      command([track(3, 30, 15)], { at: at(2) }),
      command([track(4)], { at: at(1) }),
      ...purchases.map((one) => ({ ...one, at: at(5) })),
    ]);
  });

  test('the log comes in order or latest first, in pages with their total', async () => {
    const { reader } = shared;
    const positions = async (latestFirst: boolean, number: number, size: number) => {
      const sort = [by('position', latestFirst)];
      const { items, total } = await reader.movements(listOf({ sort, number, size }));
      expect(total).toBe(14);
      return items.map(({ position }) => position);
    };
    expect(await positions(false, 1, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(await positions(false, 3, 5)).toEqual([11, 12, 13, 14]);
    expect(await positions(false, 4, 5)).toEqual([]);
    expect(await positions(true, 1, 5)).toEqual([14, 13, 12, 11, 10]);
    expect(await positions(true, 3, 5)).toEqual([4, 3, 2, 1]);
    expect(await positions(true, 4, 5)).toEqual([]);
    expect(await positions(true, 1_000_000_000, 100)).toEqual([]);
  });

  test('the movements of one product come in order or latest first', async () => {
    const { reader } = shared;
    const sequences = async (productId: number, latestFirst: boolean, number: number) => {
      const filters = [where('product', 'eq', productId)];
      const sort = [by('position', latestFirst)];
      const { items, total } = await reader.movements(listOf({ filters, sort, number, size: 4 }));
      expect(items.every((movement) => movement.productId === productId)).toBe(true);
      return { total, sequences: items.map(({ sequence }) => sequence) };
    };
    expect(await sequences(1, false, 1)).toEqual({ total: 6, sequences: [1, 2, 3, 4] });
    expect(await sequences(1, false, 2)).toEqual({ total: 6, sequences: [5, 6] });
    expect(await sequences(1, true, 1)).toEqual({ total: 6, sequences: [6, 5, 4, 3] });
    expect(await sequences(1, true, 2)).toEqual({ total: 6, sequences: [2, 1] });
    expect(await sequences(99, true, 1)).toEqual({ total: 0, sequences: [] });
  });

  test('one movement, level or purchase, or null', async () => {
    const { reader } = shared;
    expect(await reader.movement(2)).toMatchObject({ position: 2, productId: 2 });
    expect(await reader.movement(15)).toBeNull();
    expect(await reader.level(2, 'main')).toMatchObject({ productId: 2, onHand: 7 });
    expect(await reader.level(2, 'annex')).toBeNull();
    expect(await reader.level(99, 'main')).toBeNull();
    expect(await reader.purchase('no-such-purchase')).toBeNull();
    expect(await reader.record('till purchase', 'none')).toBeNull();
  });

  const levelsOf = async (query: Parameters<typeof listOf<LevelFilter, LevelSort>>[0]) => {
    const { items, total } = await shared.reader.levels(listOf(query));
    return { ids: items.map(({ productId }) => productId), total };
  };

  test('levels are filtered by id and by low stock', async () => {
    expect(await levelsOf({})).toEqual({ ids: [1, 2, 3, 4], total: 4 });
    const low = where('lowStock', 'eq', true);
    const ids = (...productIds: number[]) => where('id', 'in', productIds);
    expect(await levelsOf({ filters: [ids(3, 99, 1)] })).toEqual({ ids: [1, 3], total: 2 });
    expect(await levelsOf({ filters: [low] })).toEqual({ ids: [2, 3], total: 2 });
    const enough = where('lowStock', 'eq', false);
    expect(await levelsOf({ filters: [enough] })).toEqual({ ids: [1, 4], total: 2 });
    expect(await levelsOf({ filters: [low, ids(1, 2)] })).toEqual({ ids: [2], total: 1 });
  });

  test('the stock of inactive products is not low', async () => {
    const { reader } = shared;
    const ids = async (isLow: boolean, ...sort: Sort<LevelSort>[]) => {
      const query = listOf({ filters: [where('lowStock', 'eq', isLow)], sort });
      const { items, total } = await reader.levels(query, [1, 2, 99]);
      expect(total).toBe(items.length);
      return items.map(({ productId }) => productId);
    };
    expect(await ids(true)).toEqual([3]);
    expect(await ids(true, by('available'))).toEqual([3]);
    expect(await ids(false)).toEqual([1, 2, 4]);
    const all = await reader.levels(listOf<LevelFilter, LevelSort>({}), [1, 2]);
    expect(all).toMatchObject({ total: 4 });
  });

  test('levels are sorted, ties by id in the direction of the last field', async () => {
    const sorted = (...sort: Sort<LevelSort>[]) => levelsOf({ sort });
    expect((await sorted(by('id', true))).ids).toEqual([4, 3, 2, 1]);
    expect((await sorted(by('onHand'))).ids).toEqual([4, 2, 1, 3]);
    expect((await sorted(by('available', true))).ids).toEqual([3, 1, 2, 4]);
    expect((await sorted(by('updatedAt'))).ids).toEqual([4, 2, 1, 3]);
    expect((await sorted(by('onHand', true), by('id', true))).ids).toEqual([3, 1, 2, 4]);
  });

  test('levels come in pages with the total of all', async () => {
    expect(await levelsOf({ number: 2, size: 3 })).toEqual({ ids: [4], total: 4 });
    expect(await levelsOf({ number: 9, size: 3 })).toEqual({ ids: [], total: 4 });
  });

  test('purchases come in both orders, all of them or one owner’s', async () => {
    const ids = async (owner: string | undefined, latestFirst: boolean, number = 1, size = 10) => {
      const sort = [by('createdAt', latestFirst)];
      const { items, total } = await shared.reader.purchases(listOf({ sort, number, size }), owner);
      return { ids: items.map(({ id }) => purchases.findIndex((one) => one.id === id)), total };
    };
    expect(await ids(undefined, false)).toEqual({ ids: [0, 1, 2, 3, 4], total: 5 });
    expect(await ids(undefined, true, 2, 2)).toEqual({ ids: [2, 1], total: 5 });
    expect(await ids('ana', false)).toEqual({ ids: [0, 2, 3], total: 3 });
    expect(await ids('ana', true, 1, 2)).toEqual({ ids: [3, 2], total: 3 });
    expect(await ids('nobody', true)).toEqual({ ids: [], total: 0 });
  });

  test('the log after a position, with the purchase that ends there', async () => {
    const { reader } = shared;
    const entries = await reader.entriesAfter(3, 4);
    const short = entries.map(({ movement, completes }) => [
      movement.position,
      completes?.id ?? null,
    ]);
    expect(short).toEqual([
      [4, null],
      [5, null],
      [6, purchases[0]?.id],
      [7, null],
    ]);
    expect(await reader.purchase(purchases[0]?.id ?? '')).toEqual({
      ...entries[2]?.completes,
      returned: [0, 0],
    });
    expect(await reader.entriesAfter(14, 10)).toEqual([]);
    expect(await reader.entriesAfter(1_000, 10)).toEqual([]);
    expect(await reader.entriesAfter(0, 1_000)).toHaveLength(14);
  });

  test('a read after an answer sees it', async () => {
    const { ledger, reader } = shared;
    for (let units = 1; units <= 20; units += 1) {
      await ledger.commitBatch([command([count(4, units)])]);
      expect(await reader.level(4, 'main')).toMatchObject({ onHand: units });
    }
  });

  test('simultaneous audits are all answered', async () => {
    const { reader } = shared;
    const reports = await Promise.all([reader.audit(), reader.audit(), reader.audit()]);
    for (const report of reports)
      expect(report).toMatchObject({ clean: true, levels: 4, purchases: 5 });
    await reader.ping();
  });
}

function housekeepingContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);

  /** Noon of the n-th day. */
  const day = (n: number): string => new Date(Date.UTC(2026, 2, n, 12)).toISOString();

  test('old records are deleted in slices; young ones and the ledger stay', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    await ledger.commitBatch([command([track(product, 100)])]);
    const requests = [1, 1, 1, 1, 1, 2, 3, 3].map((n) =>
      withKey(command([receive(product, 1)], { at: day(n) }), nextId(), 'till movement'),
    );
    await ledger.commitBatch(requests);
    const before = await everything(reader);
    const remembered = async () => {
      const records = await Promise.all(
        requests.map(({ idempotency }) => reader.record('till movement', idempotency?.key ?? '')),
      );
      return records.map((record) => record !== null);
    };

    expect(await ledger.pruneRecords(day(1), 10)).toBe(0);
    expect(await ledger.pruneRecords(day(3), 4)).toBe(4);
    expect(await remembered()).toEqual([false, false, false, false, true, true, true, true]);
    expect(await ledger.pruneRecords(day(3), 4)).toBe(2);
    expect(await remembered()).toEqual([false, false, false, false, false, false, true, true]);
    expect(await ledger.pruneRecords(day(3), 4)).toBe(0);
    expect(await everything(reader)).toEqual(before);

    const [expired, recent] = [requests[0], requests[7]];
    if (!expired || !recent) throw new Error('Nothing was asked');
    const outcomes = await ledger.commitBatch([
      { ...expired, id: nextId() },
      { ...recent, id: nextId() },
    ]);
    expect(outcomes).toMatchObject([{ replayed: false }, { replayed: true }]);
  });

  test('the key of a purchase is kept as long as the purchase, those of other commands a day', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const key = nextId();
    const bought = withKey(sale([{ productId: product, quantity: 1 }], { at: day(4) }), key);
    const movement = command([receive(product, 1)], { at: day(4) });
    const received = withKey(movement, nextId(), 'till movement');
    const commands = [command([track(product, 9)], { at: day(4) }), bought, received];
    const [, first] = await ledger.commitBatch(commands);
    for (let n = 5; n <= 34; n += 1) while ((await ledger.pruneRecords(day(n), 2)) > 0);

    const outcomes = await ledger.commitBatch([
      { ...bought, id: nextId(), at: day(34) },
      withKey(sale([{ productId: product, quantity: 2 }], { at: day(34) }), key),
      { ...received, id: nextId(), at: day(34) },
    ]);
    expect(outcomes).toMatchObject([
      { ...first, replayed: true },
      { ok: false },
      { replayed: false },
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([[], ['idempotency-key-reused'], []]);
    expect(await reader.level(product, 'main')).toMatchObject({ onHand: 9 - 1 + 1 + 1 });
    expect(await reader.audit()).toMatchObject({ clean: true });
  });

  test('a level right before some instants, also of many movements', async () => {
    const { reader, ledger } = shared;
    const instant = (second: number) => after(60 * 60 + second);
    const received = Array.from({ length: 300 }, (_, at) =>
      // Some are of the same instant.
      command([receive(77, 1)], { at: instant(at - (at % 3)) }),
    );
    await ledger.commitBatch([command([track(77, 1)], { at: AT }), ...received]);
    const wanted = [AT, instant(0), ...Array.from({ length: 99 }, (_, at) => instant(3 * at + 1))];
    const befores = await reader.levelBefores(77, wanted);
    expect(befores.map(({ instant: at }) => at)).toEqual(wanted);
    expect(befores.map(({ onHand }) => onHand)).toEqual([
      0,
      1,
      ...Array.from({ length: 99 }, (_, at) => 3 * at + 4),
    ]);
    expect(befores.every(({ sequence, onHand }) => sequence === onHand)).toBe(true);
    expect(await reader.levelBefores(99, [AT])).toEqual([
      { instant: AT, sequence: 0, onHand: 0, reserved: 0 },
    ]);
    expect(await reader.levelBefores(77, [])).toEqual([]);
  });

  test('another log has another id', async () => {
    const store = await openStore();
    const other = store.connect();
    expect(await other.reader.logId()).not.toBe(await shared.reader.logId());
    await other.close();
    await store.remove();
  });

  test('the data of a closed store is there when it is opened again', async () => {
    const store = await openStore();
    const first = store.connect();
    await first.ledger.commitBatch([command([track(1, 3)]), sale([{ productId: 1, quantity: 1 }])]);
    const before = await everything(first.reader);
    const logId = await first.reader.logId();
    await first.close();
    const second = store.connect();
    expect(await everything(second.reader)).toEqual(before);
    expect(await second.reader.logId()).toBe(logId);
    expect(await second.reader.audit()).toMatchObject({ clean: true, position: 2 });
    await second.close();
    await store.remove();
  });
}

async function likeAShop(openStore: () => Promise<TestStore>): Promise<void> {
  const histories = [
    commandSequences(120),
    batchSizes,
    fc.subarray([1, 2, 3, 4]),
    fc.nat(),
  ] as const;
  const property = fc.asyncProperty(...histories, async (all, sizes, notForSale, seed) => {
    const store = await openStore();
    let now = AT;
    const commands = withStatuses(all, notForSale);
    const told: CloudEvent[] = [];
    const { ledger, reader, close } = store.connect(() => new Date(now));
    try {
      const shop = openModelShop();
      // The store records an expiry with the next write, the model at once, so their positions
      // differ.
      const placeless = (answers: readonly Answer[]): unknown => {
        const withoutPosition = (key: string, value: unknown): unknown =>
          key === 'position' && value !== null ? 0 : value;
        return JSON.parse(JSON.stringify(answers, withoutPosition));
      };
      for (const batch of cut(commands, sizes)) {
        const expected = batch.map((one) => shop.ask(one));
        const outcomes = await ledger.commitBatch(batch);
        expect(placeless(outcomes.map(inModelWords))).toEqual(placeless(expected));
        told.push(...(await eventsAfter(reader, positionOf(told.at(-1)))));
        now = batch.at(-1)?.at ?? now;
        shop.tidy(now);
        const levels = await reader.levels(listOf());
        const shelves = levels.items.map((level) => {
          const { onHand, lowStockThreshold: threshold, version, sequence } = level;
          expect(level.reserved).toBe(shop.held(level.productId));
          const shelf = { onHand, threshold, changes: version, movements: sequence };
          return [level.productId, shelf];
        });
        expect(Object.fromEntries(shelves)).toEqual(Object.fromEntries(shop.shelves));
      }
      await sweep(ledger, reader, now, notForSale);
      for (const productId of shop.shelves.keys()) {
        const own = await reader.movements(
          listOf({ filters: [where('product', 'eq', productId)], size: 10_000 }),
        );
        const pages = shop.book.filter((one) => one.productId === productId);
        expect(own.items.map(pageOf)).toEqual(pages);
      }
      const { items } = await reader.reservations(listOf({ size: 10_000 }));
      const slips = new Map([...shop.slips.values()].map(({ id, status }) => [id, status]));
      expect(new Map(items.map(({ id, status }) => [id, status]))).toEqual(slips);
      expect(await reader.audit()).toMatchObject({ clean: true, disagreements: [] });

      told.push(...(await eventsAfter(reader, positionOf(told.at(-1)))));
      // An event stays as it was told first, whatever has become of reservations since.
      const events = await eventsAfter(reader, 0, 1 + (seed % 7));
      expect(events).toEqual(told);
      expectCrossings(events, notForSale);
      const { items: levels } = await reader.levels(listOf());
      const stock = new Map(
        levels.map(({ productId, sequence, onHand, reserved }) => {
          return [String(productId), { sequence, onHand, reserved }];
        }),
      );
      expect(stockBySequence(shuffled(events, seed))).toEqual(stock);
      expect(stockByOrder(redelivered(events, seed))).toEqual(stock);
    } finally {
      await close();
      await store.remove();
    }
  });
  await fc.assert(property, { numRuns: times({ test: 3, soak: 60 }), endOnFailure: true });
}

function positionOf(event: CloudEvent | undefined): number {
  return Number(event?.order.split('.')[0] ?? 0);
}
