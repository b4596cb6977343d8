import { expect, test } from 'vitest';
import { createKnownLevels } from '../../src/adapters/sqlite/known-levels.ts';
import { createSqliteLedger } from '../../src/adapters/sqlite/writer/ledger.ts';
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
