import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import { decide, type Decisions } from '../../src/domain/decide.ts';
import type { Level } from '../../src/domain/level.ts';
import {
  adjust,
  after,
  command,
  confirm,
  count,
  expire,
  extend,
  giveBack,
  receive,
  refusalTypes,
  release,
  reserve,
  sale,
  setThreshold,
  track,
  withKey,
} from '../support/commands.ts';

const EMPTY = {
  head: 0,
  lastNumber: 0,
  levels: new Map(),
  records: new Map(),
  reservations: new Map(),
  returns: new Map(),
  pasts: new Map(),
};

/** Carries out commands on an empty ledger, in one batch. */
function decideAll(...commands: readonly Command[]): Decisions & { last: CommandOutcome } {
  const decisions = decide(EMPTY, commands);
  const last = decisions.outcomes.at(-1);
  if (!last) throw new Error('Nothing was asked');
  return { ...decisions, last };
}

function refusalOf(...commands: readonly Command[]) {
  const { last } = decideAll(...commands);
  return last.ok ? null : last.refusals;
}

function levelOf({ levels }: Decisions, productId = 1): Level | undefined {
  return levels.find((level) => level.productId === productId);
}

const at = (seconds: number): { at: string } => ({ at: after(seconds) });
const of = (quantity: number, productId = 1) => [{ productId, quantity }];
const stocked = (onHand: number, productId = 1, low: number | null = null): Command =>
  command([track(productId, onHand, low)]);

describe('a reservation', () => {
  test('holds all of its lines at the current prices until it expires', () => {
    const request = reserve([...of(2), ...of(3, 2), ...of(1)], 60, { owner: 'web', actor: 'eva' });
    const { last, movements, reservations, purchases } = decideAll(
      stocked(5),
      stocked(5, 2),
      request,
    );
    expect(movements.slice(2)).toMatchObject([
      {
        kind: 'reservation',
        productId: 1,
        onHandDelta: 0,
        reservedDelta: 3,
        onHandAfter: 5,
        reservedAfter: 3,
        reservationId: request.id,
        purchaseId: null,
        actor: 'eva',
      },
      { kind: 'reservation', productId: 2, reservedDelta: 3, reservedAfter: 3 },
    ]);
    expect(reservations).toMatchObject([
      { id: request.id, status: 'active', owner: 'web', expiresAt: after(60), purchaseId: null },
    ]);
    expect(last).toMatchObject({ result: { reservation: reservations[0] }, position: 4 });
    expect(purchases).toEqual([]);
  });

  test('with two lines of one product that together exceed the stock is refused for both', () => {
    expect(
      refusalOf(stocked(3), stocked(9, 2), reserve([...of(2), ...of(9, 2), ...of(2)])),
    ).toEqual([
      {
        type: 'insufficient-stock',
        step: 0,
        productId: 1,
        name: 'Product 1',
        requested: 4,
        available: 3,
      },
      {
        type: 'insufficient-stock',
        step: 2,
        productId: 1,
        name: 'Product 1',
        requested: 4,
        available: 3,
      },
    ]);
  });

  test('holds all lines or none', () => {
    const decisions = decideAll(stocked(5), stocked(1, 2), reserve([...of(2), ...of(2, 2)]));
    expect(decisions.movements).toHaveLength(2);
    expect(decisions.reservations).toEqual([]);
    expect(levelOf(decisions)).toMatchObject({ reserved: 0 });
  });

  test('of an untracked product finds nothing available', () => {
    expect(refusalOf(reserve(of(1)))).toMatchObject([{ type: 'insufficient-stock', available: 0 }]);
  });

  test('of the last unit has one winner', () => {
    const { outcomes } = decideAll(stocked(1), reserve(of(1)), reserve(of(1)), sale(of(1)));
    expect(outcomes.map(refusalTypes)).toEqual([
      [],
      [],
      ['insufficient-stock'],
      ['insufficient-stock'],
    ]);
  });

  test('leaves only the other units available', () => {
    expect(refusalOf(stocked(5), reserve(of(3)), sale(of(2)))).toBeNull();
    expect(refusalOf(stocked(5), reserve(of(3)), sale(of(3)))).toMatchObject([{ available: 2 }]);
    expect(refusalOf(stocked(5), reserve(of(3)), command([adjust(1, -3)]))).toMatchObject([
      { type: 'insufficient-stock', requested: 3, available: 2 },
    ]);
  });

  test('prevents a count below its units', () => {
    expect(refusalOf(stocked(5), reserve(of(3)), command([count(1, 2)]))).toEqual([
      { type: 'count-below-reserved', step: 0, productId: 1, reserved: 3 },
    ]);
    expect(refusalOf(stocked(5), reserve(of(3)), command([count(1, 3)]))).toBeNull();
  });

  test('requested twice with one key is made once', () => {
    const request = withKey(reserve(of(2)), 'k', 'till reserve');
    const { movements, last } = decideAll(stocked(5), request, { ...request, id: 'other' });
    expect(movements).toHaveLength(2);
    expect(last).toMatchObject({ replayed: true, result: { reservation: { id: request.id } } });
  });
});

describe('confirming', () => {
  test('turns it into a purchase of its owner, at its prices', () => {
    const reservation = reserve([...of(2), ...of(1, 2), ...of(1)], 60, {
      owner: 'web',
      actor: 'eva',
    });
    const confirmed = command([confirm(reservation.id)], {
      owner: 'till',
      actor: 'bob',
      ...at(30),
    });
    const decisions = decideAll(stocked(5), stocked(5, 2), reservation, confirmed);
    const { movements, purchases, reservations, last } = decisions;
    const names = { purchaseId: confirmed.id, reservationId: reservation.id };
    expect(movements.slice(-2)).toMatchObject([
      { kind: 'sale', productId: 1, onHandDelta: -3, reservedDelta: -3, actor: 'bob', ...names },
      { kind: 'sale', productId: 2, onHandDelta: -1, reservedDelta: -1, ...names },
    ]);
    const lines = [{ availableAfter: 2 }, { availableAfter: 4 }, { availableAfter: 2 }];
    expect(purchases).toMatchObject([
      {
        firstPosition: 5,
        lastPosition: 6,
        purchase: {
          id: confirmed.id,
          owner: 'web',
          actor: 'bob',
          at: after(30),
          total: 1_000,
          lines,
        },
      },
    ]);
    expect(reservations).toMatchObject([{ status: 'confirmed', purchaseId: confirmed.id }]);
    expect(last).toMatchObject({ result: { reservation: { status: 'confirmed' } }, position: 6 });
    expect(levelOf(decisions)).toMatchObject({ onHand: 2, reserved: 0 });
  });

  test('works while nothing is available, and does not change the available units', () => {
    const reservation = reserve(of(2));
    const decisions = decideAll(
      stocked(3),
      reservation,
      sale(of(1)),
      command([confirm(reservation.id)]),
    );
    expect(decisions.last.ok).toBe(true);
    expect(levelOf(decisions)).toMatchObject({ onHand: 0, reserved: 0 });
  });

  test('twice makes one purchase, and answers with it both times', () => {
    const reservation = reserve(of(2));
    const first = command([confirm(reservation.id)]);
    const { last, purchases } = decideAll(
      stocked(5),
      reservation,
      first,
      command([confirm(reservation.id)]),
    );
    expect(purchases).toHaveLength(1);
    expect(last).toMatchObject({
      ok: true,
      position: null,
      result: { reservation: { status: 'confirmed', purchaseId: first.id } },
    });
  });

  test('is refused after a release, or without a reservation', () => {
    const reservation = reserve(of(2));
    const released = command([release(reservation.id)]);
    expect(
      refusalOf(stocked(5), reservation, released, command([confirm(reservation.id)])),
    ).toEqual([{ type: 'reservation-closed', step: 0, status: 'released' }]);
    expect(refusalOf(command([confirm('none')]))).toEqual([
      { type: 'reservation-not-found', step: 0 },
    ]);
  });
});

describe('expiry', () => {
  const reservation = reserve(of(2), 60);

  test('binds at its instant, not a millisecond before', () => {
    expect(
      refusalOf(stocked(2), reservation, command([confirm(reservation.id)], at(59.999))),
    ).toBeNull();
    expect(refusalOf(stocked(2), reservation, command([confirm(reservation.id)], at(60)))).toEqual([
      { type: 'reservation-expired', step: 0 },
    ]);
    expect(refusalOf(stocked(2), reservation, sale(of(1), at(59.999)))).toMatchObject([
      { available: 0 },
    ]);
    expect(refusalOf(stocked(2), reservation, sale(of(2), at(60)))).toBeNull();
  });

  test('is recorded by the next command, with its own instant and no caller’s name', () => {
    const { movements, reservations } = decideAll(stocked(2), reservation, sale(of(2), at(300)));
    expect(movements.slice(2)).toMatchObject([
      {
        kind: 'release',
        reservedDelta: -2,
        reservedAfter: 0,
        reservationId: reservation.id,
        actor: 'anaquel',
        reason: 'expired',
        at: after(60),
      },
      { kind: 'sale', at: after(300) },
    ]);
    expect(reservations).toMatchObject([{ status: 'expired', purchaseId: null }]);
  });

  test('is recorded even if the command that found it is refused', () => {
    const decisions = decideAll(stocked(2), reservation, sale(of(3), at(60)));
    expect(decisions.last.ok).toBe(false);
    expect(levelOf(decisions)).toMatchObject({ reserved: 0, sequence: 3, version: 3 });
    expect(decisions.reservations).toMatchObject([{ status: 'expired' }]);
  });

  test('of several reservations is recorded in the order of their ends', () => {
    const [late, soon] = [reserve(of(1), 60), reserve(of(1), 30)];
    const { movements } = decideAll(stocked(9), late, soon, command([receive(1, 1)], at(90)));
    expect(movements.slice(3).map(({ reservationId }) => reservationId)).toEqual([
      soon.id,
      late.id,
      null,
    ]);
  });

  test("changes the version, so that an earlier ETag doesn't match", () => {
    const stale = count(1, 1, { expectedVersions: [2] });
    expect(refusalOf(stocked(2), reservation, command([stale], at(59)))).toMatchObject([
      { type: 'count-below-reserved' },
    ]);
    expect(refusalOf(stocked(2), reservation, command([stale], at(60)))).toMatchObject([
      { type: 'version-mismatch' },
    ]);
  });

  test('by an expire step changes nothing too early, and ends the reservation later', () => {
    const early = decideAll(stocked(2), reservation, command([expire(reservation.id)], at(59.999)));
    expect(early.last).toMatchObject({ ok: true, position: null });
    expect(early.reservations).toMatchObject([{ status: 'active' }]);
    const late = decideAll(stocked(2), reservation, command([expire(reservation.id)], at(60)));
    expect(late.last).toMatchObject({ ok: true, result: { reservation: { status: 'expired' } } });
    expect(late.movements).toHaveLength(3);
    const again = command([expire(reservation.id)], at(61));
    expect(
      decideAll(stocked(2), reservation, command([expire(reservation.id)], at(60)), again)
        .movements,
    ).toHaveLength(3);
  });

  test('of a reservation of two products ends both holds', () => {
    const both = reserve([...of(1), ...of(2, 2)], 60);
    const decisions = decideAll(stocked(2), stocked(2, 2), both, command([receive(1, 1)], at(60)));
    expect(levelOf(decisions, 2)).toMatchObject({ reserved: 0, updatedAt: after(60) });
  });
});

describe('extending', () => {
  const reservation = reserve(of(2), 60);
  const longer = command([extend(reservation.id, after(120))], at(30));

  test('moves its end later or earlier', () => {
    expect(refusalOf(stocked(2), reservation, longer, sale(of(1), at(119)))).toMatchObject([
      { available: 0 },
    ]);
    expect(
      refusalOf(stocked(2), reservation, longer, command([confirm(reservation.id)], at(119))),
    ).toBeNull();
    expect(refusalOf(stocked(2), reservation, longer, sale(of(1), at(120)))).toBeNull();
    const shorter = command([extend(reservation.id, after(40))], at(30));
    expect(refusalOf(stocked(2), reservation, shorter, sale(of(2), at(40)))).toBeNull();
  });

  test('makes no movement', () => {
    const { last, movements } = decideAll(stocked(2), reservation, longer);
    expect(movements).toHaveLength(2);
    expect(last).toMatchObject({
      position: null,
      result: { reservation: { expiresAt: after(120) } },
    });
  });

  test('is refused at the instant of its expiry, after its release, and after its confirmation', () => {
    const tooLate = command([extend(reservation.id, after(120))], at(60));
    expect(refusalOf(stocked(2), reservation, tooLate)).toEqual([
      { type: 'reservation-expired', step: 0 },
    ]);
    for (const [end, status] of [
      [release, 'released'],
      [confirm, 'confirmed'],
    ] as const) {
      expect(refusalOf(stocked(2), reservation, command([end(reservation.id)]), longer)).toEqual([
        { type: 'reservation-closed', step: 0, status },
      ]);
    }
    expect(refusalOf(command([extend('none', after(120))]))).toEqual([
      { type: 'reservation-not-found', step: 0 },
    ]);
  });
});

describe('releasing', () => {
  const reservation = reserve(of(2), 60);
  const released = command([release(reservation.id)], { actor: 'bob', ...at(10) });

  test('makes the units available', () => {
    const decisions = decideAll(stocked(2), reservation, released);
    expect(decisions.movements.at(-1)).toMatchObject({
      kind: 'release',
      onHandDelta: 0,
      reservedDelta: -2,
      actor: 'bob',
      reason: null,
      at: after(10),
    });
    expect(levelOf(decisions)).toMatchObject({ onHand: 2, reserved: 0 });
  });

  test('twice, or after it expired, has the same effect as once', () => {
    const twice = decideAll(stocked(2), reservation, released, command([release(reservation.id)]));
    expect(twice.last).toMatchObject({ ok: true, position: null });
    expect(twice.movements).toHaveLength(3);
    const late = decideAll(stocked(2), reservation, command([release(reservation.id)], at(60)));
    expect(late.last).toMatchObject({ ok: true, result: { reservation: { status: 'expired' } } });
    expect(late.movements).toHaveLength(3);
  });

  test('is refused after it was confirmed', () => {
    expect(
      refusalOf(stocked(2), reservation, command([confirm(reservation.id)]), released),
    ).toEqual([{ type: 'reservation-closed', step: 0, status: 'confirmed' }]);
  });
});

describe('a return', () => {
  const sold = sale([...of(2), ...of(1, 2), ...of(1)]);
  const before = [stocked(5), stocked(5, 2), sold];

  test('adds units of a purchase, of all its lines of the product together', () => {
    const decisions = decideAll(...before, command([giveBack(sold.id, 1, 3)]));
    expect(decisions.movements.at(-1)).toMatchObject({
      kind: 'return',
      onHandDelta: 3,
      reservedDelta: 0,
      onHandAfter: 5,
      purchaseId: sold.id,
    });
  });

  test('never exceeds the units sold and not yet returned, across commands and within one', () => {
    const first = command([giveBack(sold.id, 1, 2)]);
    expect(refusalOf(...before, first, command([giveBack(sold.id, 1, 2)]))).toEqual([
      { type: 'return-exceeds-sale', step: 0, productId: 1, returnable: 1 },
    ]);
    expect(
      refusalOf(...before, command([giveBack(sold.id, 1, 2), giveBack(sold.id, 1, 2)])),
    ).toEqual([{ type: 'return-exceeds-sale', step: 1, productId: 1, returnable: 1 }]);
    expect(refusalOf(...before, first, command([giveBack(sold.id, 1, 1)]))).toBeNull();
  });

  test('that is refused does not count', () => {
    const refused = command([giveBack(sold.id, 1, 1), giveBack(sold.id, 2, 9)]);
    expect(refusalOf(...before, refused, command([giveBack(sold.id, 1, 3)]))).toBeNull();
  });

  test("of a product that the purchase doesn't have, or without a purchase, is refused", () => {
    expect(refusalOf(...before, stocked(1, 3), command([giveBack(sold.id, 3, 1)]))).toEqual([
      { type: 'return-exceeds-sale', step: 0, productId: 3, returnable: 0 },
    ]);
    expect(refusalOf(...before, command([giveBack('none', 1, 1)]))).toEqual([
      { type: 'purchase-not-found', step: 0 },
    ]);
    expect(refusalOf(command([giveBack('none', 1, 1)]))).toMatchObject([
      { type: 'purchase-not-found' },
    ]);
  });

  test('of a confirmed reservation belongs to its purchase', () => {
    const reservation = reserve(of(2));
    const bought = command([confirm(reservation.id)]);
    const back = (quantity: number) => command([giveBack(bought.id, 1, quantity)]);
    expect(refusalOf(stocked(2), reservation, bought, back(2))).toBeNull();
    expect(refusalOf(stocked(2), reservation, bought, back(3))).toMatchObject([{ returnable: 2 }]);
    expect(
      refusalOf(stocked(2), reservation, bought, command([giveBack(reservation.id, 1, 1)])),
    ).toMatchObject([{ type: 'purchase-not-found' }]);
  });

  test('past a billion units is refused', () => {
    const full = command([count(1, 1_000_000_000)]);
    expect(refusalOf(...before, full, command([giveBack(sold.id, 1, 1)]))).toMatchObject([
      { type: 'stock-limit-exceeded' },
    ]);
  });
});

describe('a movement makes the stock low', () => {
  const lows = (...commands: readonly Command[]) =>
    decideAll(...commands).movements.map(({ madeLow }) => madeLow);

  test('when the available units fall to the threshold or below it, and not again while it is low', () => {
    expect(lows(stocked(5, 1, 3), sale(of(1)), sale(of(1)), sale(of(1)))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(lows(stocked(5, 1, 3), sale(of(4)))).toEqual([false, true]);
  });

  test('again after it recovered', () => {
    const up = command([receive(1, 1)]);
    expect(lows(stocked(4, 1, 3), sale(of(1)), up, sale(of(1)))).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test('by a reservation, and not by its confirmation; after a release it can become low again', () => {
    const reservation = reserve(of(2));
    expect(lows(stocked(5, 1, 3), reservation, command([confirm(reservation.id)]))).toEqual([
      false,
      true,
      false,
    ]);
    expect(
      lows(stocked(5, 1, 3), reservation, command([release(reservation.id)]), reserve(of(3))),
    ).toEqual([false, true, false, true]);
  });

  test('at zero too; never without a threshold, nor when it starts below it', () => {
    expect(lows(stocked(1, 1, 0), sale(of(1)))).toEqual([false, true]);
    expect(lows(stocked(1), sale(of(1)))).toEqual([false, false]);
    expect(lows(stocked(2, 1, 3), sale(of(1)))).toEqual([false, false]);
    expect(lows(stocked(5), command([setThreshold(1, 9)]), sale(of(1)))).toEqual([false, false]);
  });
});
