import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  LedgerUnavailableError,
  OutcomeUnknownError,
  type Ledger,
} from '../../src/application/ledger.ts';
import {
  MAX_BATCH_COMMANDS,
  MAX_BATCH_STEPS,
  MAX_QUEUED_COMMANDS,
  MAX_QUEUED_STEPS,
  MAX_WAIT_MS,
} from '../../src/application/command-queue.ts';
import { createLedgerWriter } from '../../src/application/ledger-writer.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import type { Level } from '../../src/domain/level.ts';
import {
  adjust,
  command,
  receive,
  refusalTypes,
  sale,
  track,
  undecidable,
} from '../support/commands.ts';
import { listOf, where } from '../support/lists.ts';
import { FAULT, NO_FAULT, openSqliteStore } from '../support/sqlite-store.ts';

const LEVEL: Level = {
  productId: 1,
  location: 'main',
  onHand: 1,
  reserved: 0,
  lowStockThreshold: null,
  sequence: 1,
  version: 1,
  updatedAt: '2026-03-01T12:00:00.000Z',
};

/** A ledger that accepts everything; each batch waits for the test. */
function gatedLedger() {
  const batches: (readonly Command[])[] = [];
  let release = Promise.withResolvers<void>();
  let arrival = Promise.withResolvers<void>();
  const accepted: CommandOutcome = {
    ok: true,
    position: 1,
    replayed: false,
    result: { type: 'level', movement: null, level: LEVEL },
  };
  const ledger: Pick<Ledger, 'commitBatch'> = {
    async commitBatch(commands) {
      batches.push(commands);
      arrival.resolve();
      const { promise } = release;
      await promise;
      return commands.map(() => accepted);
    },
  };
  return {
    ledger,
    batches,
    sizes: () => batches.map((batch) => batch.length),
    /** Resolves when the current batch, or else the next, has reached the ledger. */
    arrived: () => arrival.promise,
    /** Lets the current batch commit. */
    release() {
      const { resolve } = release;
      release = Promise.withResolvers();
      arrival = Promise.withResolvers();
      resolve();
    },
  };
}

function startWriter(
  { commitBatch }: Pick<Ledger, 'commitBatch'>,
  now?: () => number,
  batchesAtOnce = 1,
) {
  const onCommit = vi.fn();
  const onFailure = vi.fn();
  const ledger = { commitBatch, batchesAtOnce };
  const writer = createLedgerWriter({ ledger, onCommit, onFailure, ...(now && { now }) });
  const submitAll = (commands: readonly Command[]) => commands.map((one) => writer.submit(one));
  return { writer, onCommit, onFailure, submitAll };
}

const one = (): Command => command([receive(1, 1)]);
const many = (length: number, steps = 1): Command[] =>
  Array.from({ length }, () => command(Array.from({ length: steps }, () => receive(1, 1))));

describe('group commit', () => {
  test('commands of one turn of the event loop share a batch, and so do those that come meanwhile, in order', async () => {
    const gate = gatedLedger();
    const { submitAll, writer, onCommit } = startWriter(gate.ledger);
    const first = writer.submit(one());
    await Promise.resolve();
    const second = writer.submit(one());
    await gate.arrived();
    const waiting = many(2);
    const later = submitAll(waiting);
    gate.release();
    await Promise.all([first, second]);
    await gate.arrived();
    gate.release();
    await Promise.all(later);
    expect(gate.sizes()).toEqual([2, 2]);
    expect(gate.batches[1]).toEqual(waiting);
    expect(onCommit).toHaveBeenCalledTimes(2);
  });

  test('a batch takes half of what waits and was under way, so that batches become equal', async () => {
    const gate = gatedLedger();
    const { submitAll, writer } = startWriter(gate.ledger);
    const first = writer.submit(one());
    await gate.arrived();
    const waiting = many(5);
    const later = submitAll(waiting);
    for (let batch = 1; batch <= 3; batch += 1) {
      await gate.arrived();
      gate.release();
    }
    await Promise.all([first, ...later]);
    expect(gate.sizes()).toEqual([1, 3, 2]);
    expect(gate.batches.slice(1).flat()).toEqual(waiting);
  });

  test('the next batch begins before the callers of the one before are answered', async () => {
    const gate = gatedLedger();
    const { writer } = startWriter(gate.ledger);
    const first = writer.submit(one()).then(() => gate.batches.length);
    await gate.arrived();
    const second = writer.submit(one());
    gate.release();
    expect(await first).toBe(2);
    gate.release();
    await second;
  });

  test('a batch has at most 512 commands', async () => {
    const gate = gatedLedger();
    const { submitAll } = startWriter(gate.ledger);
    const answers = submitAll(many(MAX_BATCH_COMMANDS + 1));
    await gate.arrived();
    gate.release();
    await gate.arrived();
    gate.release();
    await Promise.all(answers);
    expect(gate.sizes()).toEqual([512, 1]);
  });

  test('a batch has at most 4,096 steps, but one command fits whatever its size', async () => {
    const gate = gatedLedger();
    const { submitAll } = startWriter(gate.ledger);
    const [quarter, huge] = [MAX_BATCH_STEPS / 4, MAX_BATCH_STEPS + 1];
    const answers = submitAll([...many(5, quarter), ...many(1, huge), ...many(1)]);
    for (let batch = 1; batch <= 4; batch += 1) {
      await gate.arrived();
      gate.release();
    }
    await Promise.all(answers);
    expect(gate.sizes()).toEqual([4, 1, 1, 1]);
  });

  test('only one batch is under way at a time', async () => {
    let underway = 0;
    let most = 0;
    const { submitAll, writer } = startWriter({
      async commitBatch(commands) {
        underway += 1;
        most = Math.max(most, underway);
        await new Promise((resolve) => setImmediate(resolve));
        underway -= 1;
        return commands.map(() => ({ ok: false, refusals: [] }));
      },
    });
    const answers = submitAll(many(3_000));
    await Promise.all([...answers, writer.submit(one())]);
    expect(most).toBe(1);
  });
});

describe('two batches at once', () => {
  /** A ledger that takes two; each batch waits until the test ends it. */
  function pairedLedger() {
    const batches: { readonly commands: readonly Command[]; readonly end: () => void }[] = [];
    const ledger: Pick<Ledger, 'commitBatch'> = {
      commitBatch: (commands) =>
        new Promise((resolve) => {
          const refuse = () => commands.map((): CommandOutcome => ({ ok: false, refusals: [] }));
          batches.push({ commands, end: () => resolve(refuse()) });
        }),
    };
    const { writer, submitAll, onFailure } = startWriter(ledger, undefined, 2);
    const submit = (...commands: readonly Command[]) => void submitAll(commands);
    return { writer, submit, batches, onFailure };
  }

  const of = (...products: number[]): Command =>
    command(products.map((product) => receive(product, 1)));
  /** Longer than a writer waits for more commands. */
  async function turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  test('the next one begins when as many commands wait as are under way, and no third one', async () => {
    const { submit, batches, writer } = pairedLedger();
    submit(of(1), of(2));
    await turns();
    const [third, ...others] = [of(3), of(4), of(5), of(6), of(7), of(8)];
    submit(third);
    await turns();
    expect(batches).toHaveLength(1);
    submit(...others.slice(0, 1));
    await turns();
    expect(batches.map(({ commands }) => commands)).toMatchObject([{}, [third, others[0]]]);
    submit(...others.slice(1));
    await turns();
    expect(batches).toHaveLength(2);
    batches[0]?.end();
    await turns();
    expect(batches[2]?.commands).toEqual(others.slice(1, 4));
    batches[1]?.end();
    batches[2]?.end();
    await turns();
    expect(batches[3]?.commands).toEqual(others.slice(4));
    batches[3]?.end();
    await writer.drain();
    expect(writer.committed).toEqual({ commands: 8, batches: 4 });
  });

  test('when twice as many wait, the next one begins at once, with a half of all', async () => {
    const { submit, batches, writer } = pairedLedger();
    submit(of(1));
    await turns();
    const waiting = [of(2), of(3), of(4), of(5), of(6)];
    submit(...waiting);
    await turns();
    expect(batches[1]?.commands).toEqual(waiting.slice(0, 3));
    batches[0]?.end();
    await turns();
    expect(batches).toHaveLength(2);
    const last = of(1);
    submit(last);
    await turns();
    expect(batches[2]?.commands).toEqual([...waiting.slice(3), last]);
    batches[1]?.end();
    batches[2]?.end();
    await writer.drain();
  });

  test('what commands name is changed by one batch at a time, in the order in which they came', async () => {
    const { submit, batches, writer } = pairedLedger();
    submit(of(1));
    await turns();
    // The second waits for the first batch, and the third for the second; only the last is apart.
    const waiting = [of(1, 2), of(2, 3), of(4)];
    submit(...waiting);
    await turns();
    expect(batches.map(({ commands }) => commands)).toMatchObject([{}, [waiting[2]]]);
    batches[0]?.end();
    await turns();
    expect(batches[2]?.commands).toEqual([waiting[0]]);
    batches[1]?.end();
    await turns();
    expect(batches).toHaveLength(3);
    batches[2]?.end();
    await turns();
    expect(batches[3]?.commands).toEqual([waiting[1]]);
    batches[3]?.end();
    await writer.drain();
  });

  test('a command of a type that nobody knows is a defect, and the others are unharmed', async () => {
    const { submit, batches, writer, onFailure } = pairedLedger();
    submit(of(1));
    await turns();
    const unknown: Command = JSON.parse(JSON.stringify({ ...of(2), type: 'unheard-of' }));
    expect(refusalTypes(await writer.submit(unknown))).toEqual(['defect']);
    expect(onFailure).toHaveBeenCalledOnce();
    submit(of(3));
    await turns();
    expect(batches).toHaveLength(2);
    batches[0]?.end();
    batches[1]?.end();
    await writer.drain();
  });

  test('commands that all name what is under way wait for its end', async () => {
    const { submit, batches, writer } = pairedLedger();
    submit(...many(2));
    await turns();
    submit(...many(2));
    await turns();
    expect(batches).toHaveLength(1);
    batches[0]?.end();
    await turns();
    expect(batches[1]?.commands).toHaveLength(2);
    const drained = writer.drain();
    batches[1]?.end();
    await drained;
  });
});

describe('bounds', () => {
  test('beyond 4,096 waiting commands the next is refused at once, without being tried', async () => {
    const gate = gatedLedger();
    const { submitAll, writer } = startWriter(gate.ledger);
    const first = writer.submit(one());
    await gate.arrived();
    const waiting = submitAll(many(MAX_QUEUED_COMMANDS));
    expect(refusalTypes(await writer.submit(one()))).toEqual(['overloaded']);
    for (let batch = 0; batch < 9; batch += 1) {
      await gate.arrived();
      gate.release();
    }
    const outcomes = await Promise.all([first, ...waiting]);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(gate.batches.flat()).toHaveLength(1 + MAX_QUEUED_COMMANDS);
  });

  test('commands that bring the steps beyond 65,536 are refused; smaller ones still fit', async () => {
    const gate = gatedLedger();
    const { submitAll, writer } = startWriter(gate.ledger);
    const first = writer.submit(one());
    await gate.arrived();
    const waiting = submitAll(
      many(2 * (MAX_QUEUED_STEPS / MAX_BATCH_STEPS) - 1, MAX_BATCH_STEPS / 2),
    );
    const [tooLarge = one(), fits = one()] = [
      ...many(1, MAX_BATCH_STEPS / 2 + 1),
      ...many(1, MAX_BATCH_STEPS / 2),
    ];
    expect(refusalTypes(await writer.submit(tooLarge))).toEqual(['overloaded']);
    waiting.push(writer.submit(fits));
    expect(refusalTypes(await writer.submit(one()))).toEqual(['overloaded']);
    gate.release();
    await gate.arrived();
    // Commands that have left the queue make room.
    waiting.push(...submitAll(many(1, MAX_BATCH_STEPS)));
    for (let batch = 0; batch < 17; batch += 1) {
      await gate.arrived();
      gate.release();
    }
    const outcomes = await Promise.all([first, ...waiting]);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
  });

  test('one command fits an empty queue whatever its size, and makes room when it waits too long', async () => {
    let now = 0;
    const gate = gatedLedger();
    const { writer } = startWriter(gate.ledger, () => now);
    const first = writer.submit(one());
    await gate.arrived();
    const [huge = one()] = many(1, MAX_QUEUED_STEPS + 1);
    const late = writer.submit(huge);
    expect(refusalTypes(await writer.submit(one()))).toEqual(['overloaded']);
    now += MAX_WAIT_MS + 1;
    expect(refusalTypes(await late)).toEqual(['overloaded']);
    const next = writer.submit(one());
    gate.release();
    await gate.arrived();
    gate.release();
    expect(await Promise.all([first, next])).toMatchObject([{ ok: true }, { ok: true }]);
  });

  test('a command that waited more than 2 s is refused before it is batched', async () => {
    let now = 1_000;
    const gate = gatedLedger();
    const { writer } = startWriter(gate.ledger, () => now);
    const first = writer.submit(one());
    await gate.arrived();
    const late = writer.submit(one());
    now += 1;
    const inTime = writer.submit(one());
    now += MAX_WAIT_MS;
    // The batch is still under way: the wait is bounded even when the disk hangs.
    expect(refusalTypes(await late)).toEqual(['overloaded']);
    gate.release();
    await gate.arrived();
    gate.release();
    expect(await Promise.all([first, inTime])).toMatchObject([{ ok: true }, { ok: true }]);
    expect(gate.sizes()).toEqual([1, 1]);
  });

  test('a batch under way is never given up, however long it takes', async () => {
    let now = 0;
    const gate = gatedLedger();
    const { writer } = startWriter(gate.ledger, () => now);
    const first = writer.submit(one());
    await gate.arrived();
    now += 60_000;
    gate.release();
    expect(await first).toMatchObject({ ok: true });
  });

  test('a drain carries out waiting commands and refuses later ones', async () => {
    const gate = gatedLedger();
    const { submitAll, writer } = startWriter(gate.ledger);
    const first = submitAll(many(2));
    await gate.arrived();
    const waiting = submitAll(many(2));
    const drained = writer.drain();
    expect(refusalTypes(await writer.submit(one()))).toEqual(['overloaded']);
    gate.release();
    await gate.arrived();
    gate.release();
    await drained;
    expect(await Promise.all([...first, ...waiting])).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: true },
      { ok: true },
    ]);
    await writer.drain();
  });
});

describe('on a real store', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function openStore() {
    const store = await openSqliteStore();
    cleanups.push(store.remove);
    const { ledger, reader, close } = store.connect();
    cleanups.push(close);
    await store.refuseReason('poison');
    await ledger.commitBatch([command([track(1, 1_000)])]);
    return { store, ledger, reader };
  }

  test('commands that the store refuses are found by bisection, and the others are carried out in order', async () => {
    const { ledger, reader } = await openStore();
    const commitBatch = vi.fn(ledger.commitBatch);
    const { submitAll, onFailure, onCommit } = startWriter({ commitBatch });
    const poison = new Set([0, 17, 18, 63]);
    const commands = Array.from({ length: 64 }, (_, index) => {
      return command([
        poison.has(index) ? adjust(1, -1, 'poison') : adjust(1, -1, `good ${index}`),
      ]);
    });
    const outcomes = await Promise.all(submitAll(commands));
    for (const [index, outcome] of outcomes.entries()) {
      expect(refusalTypes(outcome)).toEqual(poison.has(index) ? ['defect'] : []);
    }
    expect(onFailure).toHaveBeenCalledTimes(4);
    expect(onCommit).toHaveBeenCalled();
    expect(commitBatch.mock.calls.length).toBeLessThanOrEqual(2 * 4 * 7);
    expect(await reader.level(1, 'main')).toMatchObject({ onHand: 940, sequence: 61 });
    const { items } = await reader.movements(listOf({ filters: [where('product', 'eq', 1)] }));
    const good = commands.map((_, index) => index).filter((index) => !poison.has(index));
    expect(items.slice(1).map(({ reason }) => reason)).toEqual(
      good.map((index) => `good ${index}`),
    );
    expect(await reader.audit()).toMatchObject({ clean: true });
  });

  test('a command that throws is reported, and the others are unharmed', async () => {
    const { ledger } = await openStore();
    const { submitAll, onFailure } = startWriter(ledger);
    const good = sale([{ productId: 1, quantity: 1 }]);
    const outcomes = await Promise.all(submitAll([good, undecidable(), one()]));
    expect(outcomes.map(refusalTypes)).toEqual([[], ['defect'], []]);
    expect(onFailure).toHaveBeenCalledTimes(1);
  });

  test('while the store cannot write every command is refused, without a bisection; then it goes on', async () => {
    const { store, ledger, reader } = await openStore();
    const commitBatch = vi.fn(ledger.commitBatch);
    const { submitAll, onFailure, onCommit } = startWriter({ commitBatch });
    store.run(FAULT);
    const refused = await Promise.all(submitAll(many(8)));
    expect(refused.map(refusalTypes)).toEqual(many(8).map(() => ['ledger-unavailable']));
    expect(commitBatch).toHaveBeenCalledTimes(1);
    expect(onFailure).toHaveBeenCalledOnce();
    expect(onCommit).not.toHaveBeenCalled();
    store.run(NO_FAULT);
    expect(await Promise.all(submitAll(many(8)))).toMatchObject(many(8).map(() => ({ ok: true })));
    expect(await reader.level(1, 'main')).toMatchObject({ onHand: 1_008 });
  });

  test('an unexpected error of the adapter refuses its batch and is reported', async () => {
    const bug = new TypeError('x is not a function');
    const commitBatch = vi
      .fn()
      .mockRejectedValueOnce(bug)
      .mockRejectedValueOnce(new LedgerUnavailableError('full'))
      .mockRejectedValueOnce(new OutcomeUnknownError('no answer'));
    const { submitAll, onFailure } = startWriter({ commitBatch });
    expect((await Promise.all(submitAll(many(2)))).map(refusalTypes)).toEqual([
      ['defect'],
      ['defect'],
    ]);
    expect(onFailure).toHaveBeenCalledWith(bug);
    expect((await Promise.all(submitAll(many(1)))).map(refusalTypes)).toEqual([
      ['ledger-unavailable'],
    ]);
    expect((await Promise.all(submitAll(many(2)))).map(refusalTypes)).toEqual([
      ['outcome-unknown'],
      ['outcome-unknown'],
    ]);
  });
});
