import { beforeAll, describe, expect, test } from 'vitest';
import type { LedgerReader, LevelFilter, LevelSort } from '../../src/application/ledger.ts';
import { by, listOf, where } from '../support/lists.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import {
  after,
  command,
  confirm,
  extend,
  giveBack,
  receive,
  refusalTypes,
  release,
  reserve,
  sale,
  setThreshold,
  track,
} from '../support/commands.ts';
import {
  commitBesideOthers,
  everything,
  newProduct,
  sharedStore,
  sweep,
  type TestStore,
} from '../support/test-store.ts';

/** The promises of every ledger about holds, returns, and expiries that are not recorded yet. */
export function reservationContract(openStore: () => Promise<TestStore>): void {
  describe('are kept', () => keepingContract(openStore));
  describe('that are due', () => expiryContract(openStore));
  describe('in lists', () => listContract(openStore));
}

function reservationOf(outcome: CommandOutcome | undefined): Reservation {
  if (!outcome?.ok || outcome.result.type !== 'reservation')
    throw new Error('This left no reservation');
  return outcome.result.reservation;
}

const of = (productId: number, quantity: number) => ({ productId, quantity });
const at = (seconds: number): { at: string } => ({ at: after(seconds) });

function keepingContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);

  /** Carries out each command in a batch of its own. */
  async function one(request: Command): Promise<CommandOutcome> {
    const [outcome] = await shared.ledger.commitBatch([request]);
    if (!outcome) throw new Error('A command had no outcome');
    return outcome;
  }

  test('a reservation is read back unchanged, after every change', async () => {
    const { ledger, reader } = shared;
    const [first, second] = [newProduct(), newProduct()];
    await ledger.commitBatch([command([track(first, 9)]), command([track(second, 9)])]);
    const request = reserve([of(first, 1), of(second, 2), of(first, 3)], 60, {
      owner: 'gateway/customer:7',
      actor: 'customer:7',
    });
    const reservation = reservationOf(await one(request));
    expect(reservation).toMatchObject({
      status: 'active',
      total: 1_500,
      owner: 'gateway/customer:7',
    });
    expect(await reader.reservation(request.id)).toEqual(reservation);
    expect(await reader.level(first, 'main')).toMatchObject({ onHand: 9, reserved: 4 });
    expect(await reader.movement(await reader.head())).toMatchObject({
      kind: 'reservation',
      reservationId: request.id,
      purchaseId: null,
      reservedDelta: 2,
    });

    const longer = reservationOf(await one(command([extend(request.id, after(90))], at(10))));
    expect(longer).toEqual({ ...reservation, expiresAt: after(90) });
    expect(await reader.reservation(request.id)).toEqual(longer);

    const confirmed = command([confirm(request.id)], at(20));
    const sold = reservationOf(await one(confirmed));
    expect(sold).toMatchObject({ status: 'confirmed', purchaseId: confirmed.id });
    expect(await reader.reservation(request.id)).toEqual(sold);
    expect(await reader.purchase(confirmed.id)).toMatchObject({ owner: 'gateway/customer:7' });
    expect(await reader.level(first, 'main')).toMatchObject({ onHand: 5, reserved: 0 });
    expect(await reader.reservation('none')).toBeNull();
  });

  test('a reservation made, extended and ended within one batch holds nothing', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    const request = reserve([of(product, 2)], 60);
    await ledger.commitBatch([
      command([track(product, 5)]),
      request,
      command([extend(request.id, after(30))]),
      command([release(request.id)]),
    ]);
    expect(await reader.reservation(request.id)).toMatchObject({ status: 'released' });
    expect(await reader.level(product, 'main')).toMatchObject({ reserved: 0, sequence: 3 });
    expect(await reader.dueReservations(after(99_999), 1_000)).not.toContain(request.id);
  });

  test('a reservation of one batch is extended, released and confirmed by others, and other connections see it', async () => {
    const { ledger, reader, store } = shared;
    const product = newProduct();
    const requests = [1, 2, 3].map((quantity) => reserve([of(product, quantity)], 60));
    const [active, released, confirmed] = requests.map(({ id }) => id) as [string, string, string];
    await ledger.commitBatch([command([track(product, 9)]), ...requests]);
    const other = store.connect();
    await other.ledger.commitBatch([
      command([extend(active, after(90))]),
      command([release(released)]),
      command([confirm(confirmed)]),
    ]);
    await other.close();
    expect(await reader.level(product, 'main')).toMatchObject({ onHand: 6, reserved: 1 });
    expect(await reader.dueReservations(after(89), 1_000)).not.toContain(active);
    expect(await reader.dueReservations(after(90), 1_000)).toContain(active);
    const outcomes = await ledger.commitBatch([
      command([release(confirmed)]),
      command([confirm(released)]),
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([['reservation-closed'], ['reservation-closed']]);
  });

  test('returns of a purchase add up, over batches and connections', async () => {
    const { ledger, store } = shared;
    const [product, other] = [newProduct(), newProduct()];
    const sold = sale([of(product, 3), of(other, 1), of(product, 1)]);
    const another = sale([of(product, 4)]);
    await ledger.commitBatch([
      command([track(product, 9)]),
      command([track(other, 9)]),
      sold,
      another,
      command([giveBack(another.id, product, 4)]),
    ]);
    expect(await one(command([giveBack(sold.id, product, 3)]))).toMatchObject({ ok: true });
    expect(await one(command([giveBack(sold.id, other, 1)]))).toMatchObject({ ok: true });
    const reopened = store.connect();
    const tooMuch = await reopened.ledger.commitBatch([
      command([giveBack(sold.id, product, 2)]),
      command([giveBack(sold.id, other, 1)]),
      command([giveBack('none', product, 1)]),
    ]);
    expect(tooMuch).toMatchObject([
      { refusals: [{ type: 'return-exceeds-sale', returnable: 1 }] },
      { refusals: [{ type: 'return-exceeds-sale', returnable: 0 }] },
      { refusals: [{ type: 'purchase-not-found' }] },
    ]);
    const rest = await reopened.ledger.commitBatch([
      command([giveBack(sold.id, product, 1)]),
      command([giveBack(sold.id, product, 1)]),
    ]);
    await reopened.close();
    expect(rest.map(refusalTypes)).toEqual([[], ['return-exceeds-sale']]);
  });

  test('a sale and its returns within one batch add up too', async () => {
    const product = newProduct();
    const sold = sale([of(product, 2)]);
    const outcomes = await shared.ledger.commitBatch([
      command([track(product, 9)]),
      sold,
      command([giveBack(sold.id, product, 2)]),
      command([giveBack(sold.id, product, 1)]),
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([[], [], [], ['return-exceeds-sale']]);
  });

  test('a movement stores that it made the stock low', async () => {
    const { ledger, reader } = shared;
    const product = newProduct();
    await ledger.commitBatch([command([track(product, 5, 3)]), sale([of(product, 2)])]);
    const entries = await reader.entriesAfter((await reader.head()) - 2, 10);
    expect(entries.map(({ movement }) => movement.madeLow)).toEqual([false, true]);
  });

  test('two writers of one store never hold a unit twice', async () => {
    const { store, reader } = shared;
    const product = newProduct();
    const [a, b] = [store.connect(), store.connect()];
    await a.ledger.commitBatch([command([track(product, 50)])]);
    const commits = Array.from({ length: 20 }, (_, round) =>
      [a, b].map(({ ledger }) => {
        const batch = [0, 1].map(() => reserve([of(product, 1)], 60));
        const sold = round % 2 === 0 ? [] : [sale([of(product, 1)])];
        return commitBesideOthers(ledger, [...batch, ...sold]);
      }),
    ).flat();
    const outcomes = (await Promise.all(commits)).flat();
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(50);
    const level = await reader.level(product, 'main');
    expect((level?.onHand ?? 0) - (level?.reserved ?? 0)).toBe(0);
    await Promise.all([a.close(), b.close()]);
  });

  test('after all of this the audit is clean', async () => {
    expect(await shared.reader.audit()).toMatchObject({ clean: true, disagreements: [] });
  });

  test('the holds of a closed store are there when it is opened again', async () => {
    const store = await openStore();
    const first = store.connect();
    const request = reserve([of(1, 2)], 60);
    await first.ledger.commitBatch([command([track(1, 3)]), request]);
    const before = await everything(first.reader);
    await first.close();
    const second = store.connect();
    expect(await everything(second.reader)).toEqual(before);
    const [late] = await second.ledger.commitBatch([command([confirm(request.id)], at(60))]);
    expect(refusalTypes(late ?? { ok: true })).toEqual(['reservation-expired']);
    expect(await second.reader.audit()).toMatchObject({ clean: true });
    await second.close();
    await store.remove();
  });
}

/** All levels in all orders, by every way of reading them. */
const QUERIES: Parameters<typeof listOf<LevelFilter, LevelSort>>[0][] = [
  {},
  { filters: [where('lowStock', 'eq', true)] },
  { filters: [where('lowStock', 'eq', false)] },
  { filters: [where('id', 'in', [1, 3, 9]), where('lowStock', 'eq', true)] },
  ...(['id', 'onHand', 'reserved', 'available', 'updatedAt'] as const).flatMap((field) =>
    [false, true].map((descending) => ({ sort: [by(field, descending)] })),
  ),
  { sort: [by('available', true)], number: 2, size: 2 },
];

async function readAll(reader: LedgerReader) {
  const lists = QUERIES.map((query) => reader.levels(listOf(query)));
  const levels = [1, 2, 3, 4, 5].map((productId) => reader.level(productId, 'main'));
  const reservations = await reader.reservations(listOf());
  return {
    lists: await Promise.all(lists),
    levels: await Promise.all(levels),
    reservations,
    each: await Promise.all(reservations.items.map(({ id }) => reader.reservation(id))),
  };
}

function expiryContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  // Products 1 to 5 have 10 units each and are low at 5. Held: 1 by two reservations, 2 by one with
  // two lines, 3 and 4 by one together, 5 by none.
  const requests = [
    reserve([of(1, 6)], 30),
    reserve([of(1, 2)], 60),
    reserve([of(2, 3), of(2, 4)], 45),
    reserve([of(3, 7), of(4, 1)], 60),
    reserve([of(4, 5)], 40),
  ];
  const ids = requests.map(({ id }) => id);

  beforeAll(async () => {
    const tracked = [1, 2, 3, 4, 5].map((productId) => command([track(productId, 10, 5)]));
    await shared.ledger.commitBatch([...tracked, ...requests]);
    await shared.ledger.commitBatch([command([setThreshold(5, 1)], at(5))]);
  });

  test('are found by the sweeper, the first to run out first, so many at a time', async () => {
    const { reader } = shared;
    expect(await reader.dueReservations(after(29.999), 9)).toEqual([]);
    expect(await reader.dueReservations(after(30), 9)).toEqual([ids[0]]);
    expect(await reader.dueReservations(after(59.999), 9)).toEqual([ids[0], ids[4], ids[2]]);
    expect(await reader.dueReservations(after(60), 2)).toEqual([ids[0], ids[4]]);
    expect(new Set(await reader.dueReservations(after(60), 9))).toEqual(new Set(ids));
  });

  test.each([29.999, 30, 40, 45, 59.999, 60, 3_600])(
    'are left out of every read %f seconds later, with the same result as after the sweeper',
    async (seconds) => {
      const store = await openStore();
      let now = after(seconds);
      const { ledger, reader, close } = store.connect(() => new Date(now));
      const tracked = [1, 2, 3, 4, 5].map((productId) => command([track(productId, 10, 5)]));
      await ledger.commitBatch([...tracked, ...requests]);
      await ledger.commitBatch([command([setThreshold(5, 1)], at(5))]);
      const before = await readAll(reader);
      const head = await reader.head();
      const swept = await sweep(ledger, reader, now);
      expect(swept).toBe(requests.filter((one) => one.reservation.expiresAt <= now).length);
      expect((await reader.head()) > head).toBe(swept > 0);
      expect(await readAll(reader)).toEqual(before);
      expect(await reader.dueReservations(now, 9)).toEqual([]);
      // A recorded expiry needs no clock.
      now = after(0);
      expect((await readAll(reader)).levels).toEqual(before.levels);
      expect(await reader.audit()).toMatchObject({ clean: true, disagreements: [] });
      await close();
      await store.remove();
    },
  );

  test('make a level neither low nor short', async () => {
    const { reader } = shared;
    const low = async () => {
      const query = listOf<LevelFilter, LevelSort>({
        filters: [where('lowStock', 'eq', true)],
      });
      return (await reader.levels(query)).items.map(({ productId }) => productId);
    };
    shared.now = after(0);
    expect(await low()).toEqual([1, 2, 3, 4]);
    shared.now = after(30);
    expect(await low()).toEqual([2, 3, 4]);
    shared.now = after(45);
    expect(await low()).toEqual([3]);
    shared.now = after(60);
    expect(await low()).toEqual([]);
    expect(await reader.level(1, 'main')).toMatchObject({
      reserved: 0,
      sequence: 5,
      version: 5,
      updatedAt: after(60),
    });
  });

  test('are recorded by the next write to their product, or to another in the reservation', async () => {
    const { ledger, reader } = shared;
    const outcomes = await ledger.commitBatch([
      sale([of(3, 10)], at(60)),
      command([confirm(ids[0] ?? '')], at(60)),
    ]);
    expect(outcomes.map(refusalTypes)).toEqual([[], ['reservation-expired']]);
    expect(await reader.level(3, 'main')).toMatchObject({ onHand: 0, reserved: 0 });
    shared.now = after(60);
    expect(await reader.level(4, 'main')).toMatchObject({ reserved: 0 });
    // Product 4 was in the reservation: an earlier expiry there comes first.
    const { items } = await reader.movements(listOf({ filters: [where('product', 'eq', 4)] }));
    expect(items.slice(3).map(({ reservationId, at: when }) => [reservationId, when])).toEqual([
      [ids[4], after(40)],
      [ids[3], after(60)],
    ]);
    expect(await reader.audit()).toMatchObject({ clean: true, disagreements: [] });
  });

  test("do not affect other products' commands in the same batch", async () => {
    const { ledger } = shared;
    const outcomes = await ledger.commitBatch([
      command([receive(5, 1)], at(50)),
      sale([of(2, 10)], at(50)),
      command([receive(5, 1)], at(70)),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
  });
}

function listContract(openStore: () => Promise<TestStore>): void {
  const shared = sharedStore(openStore);
  const owners = ['ana', 'bob', 'ana', 'ana', 'bob'];
  const reservations = owners.map((owner, index) => reserve([of(1, 1)], 30 + index, { owner }));

  beforeAll(async () => {
    await shared.ledger.commitBatch([command([track(1, 20)]), ...reservations]);
    await shared.ledger.commitBatch([command([release(reservations[1]?.id ?? '')])]);
  });

  test('come in both orders, all of them or one owner’s, in pages with their total', async () => {
    const list = async (owner: string | undefined, latestFirst: boolean, number = 1, size = 10) => {
      const sort = [by('createdAt', latestFirst)];
      const { items, total } = await shared.reader.reservations(
        listOf({ sort, number, size }),
        owner,
      );
      return { ids: items.map(({ id }) => reservations.findIndex((one) => one.id === id)), total };
    };
    expect(await list(undefined, false)).toEqual({ ids: [0, 1, 2, 3, 4], total: 5 });
    expect(await list(undefined, true, 2, 2)).toEqual({ ids: [2, 1], total: 5 });
    expect(await list('ana', false)).toEqual({ ids: [0, 2, 3], total: 3 });
    expect(await list('ana', true, 1, 2)).toEqual({ ids: [3, 2], total: 3 });
    expect(await list('nobody', true)).toEqual({ ids: [], total: 0 });
    expect(await list(undefined, true, 9, 9)).toEqual({ ids: [], total: 5 });
  });

  test('have the status expired, and ended ones keep their status', async () => {
    shared.now = after(32);
    const { items } = await shared.reader.reservations(listOf());
    expect(items.map(({ status }) => status)).toEqual([
      'expired',
      'released',
      'expired',
      'active',
      'active',
    ]);
  });
}
