import { textsOf } from '@anaquel/events';
import { times } from '@anaquel/runtime/soak-counts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKnownLevels } from '../../src/adapters/sqlite/known-levels.ts';
import { createSqliteLedger } from '../../src/adapters/sqlite/writer/ledger.ts';
import { eventsOfEntries } from '../../src/application/stock-event.ts';
import { batchSizes, commandSequences, cut, withStatuses } from '../support/arbitrary-commands.ts';
import { command, receive, sale, track } from '../support/commands.ts';
import { createLedgerFile } from '../support/ledger-file.ts';
import { openSqliteStore } from '../support/sqlite-store.ts';
import { ledgerContract } from './ledger-contract.ts';

// The soak reads its lists more often.
ledgerContract('the SQLite ledger', openSqliteStore);

test('a cursor is 0 until it is saved, and each relay has its own', async () => {
  const { path, remove } = await createLedgerFile();
  const fail = (error: unknown): never => {
    throw error;
  };
  const knownLevels = createKnownLevels();
  const failing = { onOutcomeUnknown: fail, onAdoptionFailed: fail };
  const open = () => createSqliteLedger({ path, knownLevels, ...failing });
  const first = open();
  expect(await first.cursors.load('console')).toBe(0);
  await first.cursors.save('console', 5);
  await first.cursors.save('console', 7);
  await first.cursors.save('broker', 2);
  await first.close();
  const second = open();
  expect(await second.cursors.load('console')).toBe(7);
  expect(await second.cursors.load('broker')).toBe(2);
  expect(await second.cursors.load('none')).toBe(0);
  await second.close();
  await remove();
});

test('the texts of what was added last are those of the events that the database gives', async () => {
  const histories = [commandSequences(60), batchSizes, fc.integer({ min: 1, max: 9 })] as const;
  const property = fc.asyncProperty(...histories, async (commands, sizes, limit) => {
    const store = await openSqliteStore();
    const { ledger, reader, close } = store.connect();
    const read = textsOf(eventsOfEntries(reader.entriesAfter, reader.logId));
    const logId = await reader.logId();
    try {
      for (const batch of cut(withStatuses(commands, [2]), sizes)) {
        const before = await reader.head();
        await ledger.commitBatch(batch);
        const isLonger = (await reader.head()) > before;
        const expected = isLonger ? await read(before, limit) : null;
        expect(await ledger.recentTexts(logId, before, limit)).toEqual(expected);
      }
    } finally {
      await close();
      await store.remove();
    }
  });
  await fc.assert(property, { numRuns: times({ test: 3, soak: 60 }), endOnFailure: true });
});

test('texts are kept until they were asked for, and at most those of 2,000 entries', async () => {
  const store = await openSqliteStore();
  const { ledger, reader, close } = store.connect();
  const logId = await reader.logId();
  const kept = async (position: number, limit = 500) => {
    const page = await ledger.recentTexts(logId, position, limit);
    return page && { position: page.position, orders: page.events.map(({ order }) => order) };
  };
  const lines = [{ productId: 1, quantity: 1 }];
  expect(await kept(0)).toBeNull();
  await ledger.commitBatch([command([track(1, 9)]), sale(lines)]);
  await ledger.commitBatch([sale(lines)]);
  const orders = ['1.1', '1.3', '2.1', '2.9', '3.1', '3.9'];
  expect(await kept(0)).toEqual({ position: 3, orders });
  expect(await kept(0)).toEqual({ position: 3, orders });
  expect(await kept(1, 1)).toEqual({ position: 2, orders: ['2.1', '2.9'] });
  expect(await kept(0)).toBeNull();
  expect(await kept(3)).toBeNull();
  await ledger.commitBatch(Array.from({ length: 1_001 }, () => command([receive(1, 1)])));
  await ledger.commitBatch(Array.from({ length: 1_001 }, () => command([receive(1, 1)])));
  expect(await kept(4)).toBeNull();
  expect(await kept(5)).toMatchObject({ position: 505 });
  await close();
  await store.remove();
});
