import { afterEach, expect, test, vi } from 'vitest';
import { createInformedWriter } from '../../src/application/informed-writer.ts';
import { createLedgerWriter } from '../../src/application/ledger-writer.ts';
import { createOnce, type Submission } from '../../src/application/once.ts';
import { refused } from '../../src/domain/outcome.ts';
import { AT, command, track } from '../support/commands.ts';
import { openSqliteStore } from '../support/sqlite-store.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A real ledger whose next commit waits until the test lets it go. */
async function createSlowLedger() {
  const store = await openSqliteStore();
  const { ledger, reader, close } = store.connect();
  cleanUps.push(store.remove, close);
  const gate = Promise.withResolvers<void>();
  const arrival = Promise.withResolvers<void>();
  await ledger.commitBatch([command([track(1, 5)])]);
  const writer = createLedgerWriter({
    ledger: {
      batchesAtOnce: 1,
      async commitBatch(commands) {
        arrival.resolve();
        await gate.promise;
        return ledger.commitBatch(commands);
      },
    },
    onCommit: () => {},
    onFailure: () => {},
  });
  const isForSale = { lookUp: async () => [] };
  const informed = createInformedWriter(writer, isForSale);
  const once = createOnce({ reader, writer: informed, clock: () => new Date(AT) });
  return { once, reader, arrived: arrival.promise, release: gate.resolve };
}

const requester = {
  owner: 'till',
  actor: 'ana',
  idempotencyKey: 'one-key',
  holdsWithoutLimit: true,
};
const changeRequest = {
  operation: 'movement',
  request: { productId: 1, quantity: 2 },
  requester,
} as const;
const step = {
  type: 'receive',
  productId: 1,
  location: 'main',
  quantity: 2,
  reason: null,
} as const;
const accepts = ({ submit }: Submission<'movement'>) => submit({ type: 'record-movement', step });
const looksFirst = async (submission: Submission<'movement'>) =>
  (await submission.replay()) ?? accepts(submission);
const refusesNow = async () => refused({ type: 'product-not-found', step: 0, productId: 1 });

test('a copy gets the first outcome, even if it would be refused by now and the first is not yet committed', async () => {
  const { once, reader, arrived, release } = await createSlowLedger();
  const first = once(changeRequest, accepts);
  await arrived;
  const copy = once(changeRequest, refusesNow);
  const otherRequester = { ...requester, idempotencyKey: 'other-key' };
  const other = await once({ ...changeRequest, requester: otherRequester }, refusesNow);
  expect(other.ok).toBe(false);
  release();
  expect(await first).toMatchObject({ ok: true, replayed: false });
  expect(await copy).toMatchObject({ ok: true, replayed: true });
  expect(await reader.level(1, 'main')).toMatchObject({ onHand: 7 });
});

test('a copy of a refused request is tried again', async () => {
  const { once, release } = await createSlowLedger();
  release();
  const carryOut = vi.fn(accepts);
  const [first, copy] = await Promise.all([
    once(changeRequest, refusesNow),
    once(changeRequest, carryOut),
  ]);
  expect(first.ok).toBe(false);
  expect(copy).toMatchObject({ ok: true, replayed: false });
  expect(carryOut).toHaveBeenCalledOnce();
});

test('a copy is a replay, whether its use case reads the record first, leaves that to the ledger, or refuses by now', async () => {
  const { once, release } = await createSlowLedger();
  release();
  await once(changeRequest, accepts);
  for (const carryOut of [looksFirst, accepts, refusesNow])
    expect(await once(changeRequest, carryOut)).toMatchObject({ ok: true, replayed: true });
});

test('an unknown outcome is known as soon as the record of its key can be read', async () => {
  const { once: lucky, reader, release } = await createSlowLedger();
  release();
  const unknown = async () => refused({ type: 'outcome-unknown' } as const);
  const down = vi.fn().mockRejectedValueOnce(new Error('The database is down'));
  const once = createOnce({
    reader: { record: down.mockImplementation(reader.record) },
    writer: { submit: unknown },
    clock: () => new Date(AT),
  });
  expect(await once(changeRequest, accepts)).toEqual(await unknown());
  await lucky(changeRequest, accepts);
  expect(await once(changeRequest, accepts)).toMatchObject({ ok: true, replayed: true });
});
