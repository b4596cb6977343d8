import { afterEach, expect, test, vi } from 'vitest';
import { createLedgerWriter } from '../../src/application/ledger-writer.ts';
import { createSubmitCommand, type Intent } from '../../src/application/submit-command.ts';
import { AT, command, receive, track } from '../support/commands.ts';
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
      async commitBatch(commands) {
        arrival.resolve();
        await gate.promise;
        return ledger.commitBatch(commands);
      },
    },
    onCommit: () => {},
    onFailure: () => {},
  });
  const submitCommand = createSubmitCommand({
    reader,
    writer,
    catalogue: { knows: (productIds) => productIds.length === 0, lookUp: async () => [] },
    clock: () => new Date(AT),
  });
  return { submitCommand, reader, arrived: arrival.promise, release: gate.resolve };
}

const requester = {
  caller: 'till',
  actor: 'ana',
  idempotencyKey: 'one-key',
  holdsWithoutLimit: true,
};
const intent = (prepare: Intent['prepare']): Intent => ({
  operation: 'movement',
  request: { productId: 1, quantity: 2 },
  requester,
  asksAbout: [1],
  prepare,
});
const accepted = async () => ({ steps: [receive(1, 2)], purchase: null });
const refusedNow = async () => ({
  refusals: [{ type: 'product-not-found', step: 0, productId: 1 } as const],
});

test('a copy gets the first outcome, also when it would be refused by now and the first is not yet committed', async () => {
  const { submitCommand, reader, arrived, release } = await createSlowLedger();
  const first = submitCommand(intent(accepted));
  await arrived;
  const copy = submitCommand(intent(refusedNow));
  const other = await submitCommand({
    ...intent(refusedNow),
    requester: { ...requester, idempotencyKey: 'other-key' },
  });
  expect(other.ok).toBe(false);
  release();
  expect(await first).toMatchObject({ ok: true, replayed: false });
  expect(await copy).toMatchObject({ ok: true, replayed: true });
  expect(await reader.level(1, 'main')).toMatchObject({ onHand: 7 });
});

test('a copy of a request that was refused is tried by itself', async () => {
  const { submitCommand, release } = await createSlowLedger();
  release();
  const prepare = vi.fn(accepted);
  const [first, copy] = await Promise.all([
    submitCommand(intent(refusedNow)),
    submitCommand(intent(prepare)),
  ]);
  expect(first.ok).toBe(false);
  expect(copy).toMatchObject({ ok: true, replayed: false });
  expect(prepare).toHaveBeenCalledOnce();
});

test('a copy is a replay whether somebody would have to be asked or not, and while nothing can be written', async () => {
  const { submitCommand, release } = await createSlowLedger();
  release();
  await submitCommand(intent(accepted));
  for (const asksAbout of [[1], []]) {
    expect(await submitCommand({ ...intent(accepted), asksAbout })).toMatchObject({
      ok: true,
      replayed: true,
    });
    expect(await submitCommand({ ...intent(refusedNow), asksAbout })).toMatchObject({
      ok: true,
      replayed: true,
    });
  }
});
