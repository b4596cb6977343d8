import type { Clock } from '@anaquel/runtime';
import { afterAll, beforeAll } from 'vitest';
import {
  LedgerUnavailableError,
  type Ledger,
  type LedgerReader,
} from '../../src/application/ledger.ts';
import type { Command } from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import { AT, command, expire } from './commands.ts';
import { listOf } from './lists.ts';

/** The ledger and reader of one process on a store. */
export interface StoreConnection {
  readonly ledger: Ledger;
  readonly reader: LedgerReader;
  close(): Promise<void>;
}

export interface TestStore {
  /** Opens the store again, as another process would. */
  connect(clock?: Clock): StoreConnection;
  /**
   * From now on the store refuses movements with this reason, as it does data that breaks a
   * constraint.
   */
  refuseReason(reason: string): Promise<void>;
  remove(): Promise<void>;
}

/** A store for all tests of a block; products and keys are new in each. */
export function sharedStore(openStore: () => Promise<TestStore>) {
  let store: TestStore;
  let connection: StoreConnection;
  beforeAll(async () => {
    store = await openStore();
    connection = store.connect(() => new Date(shared.now));
  });
  afterAll(async () => {
    await connection.close();
    await store.remove();
  });
  const shared = {
    /** The time of the reader's clock. */
    now: AT,
    get store() {
      return store;
    },
    get ledger() {
      return connection.ledger;
    },
    get reader() {
      return connection.reader;
    },
  };
  return shared;
}

let lastProduct = 100;

export function newProduct(): number {
  lastProduct += 1;
  return lastProduct;
}

/** Everything that a batch may change. */
export async function everything(reader: LedgerReader) {
  const all = listOf<never, never>({ size: 10_000 });
  const [levels, movements, purchases, reservations] = await Promise.all([
    reader.levels(all),
    reader.movements(all),
    reader.purchases(all),
    reader.reservations(all),
  ]);
  return { levels, movements, purchases, reservations, head: await reader.head() };
}

/**
 * Commits a batch beside another writer, which on SQLite may have the lock for as long as a busy
 * machine gives it no time.
 */
export async function commitBesideOthers(
  ledger: Pick<Ledger, 'commitBatch'>,
  commands: readonly Command[],
  triesLeft = 60,
): Promise<readonly CommandOutcome[]> {
  try {
    return await ledger.commitBatch(commands);
  } catch (error) {
    // Nothing was changed.
    const isLocked = error instanceof LedgerUnavailableError && /is locked/.test(error.message);
    if (!isLocked || triesLeft === 0) throw error;
    return commitBesideOthers(ledger, commands, triesLeft - 1);
  }
}

/** Records the expiry of all due reservations, as the sweeper does. */
export async function sweep(
  ledger: Pick<Ledger, 'commitBatch'>,
  reader: Pick<LedgerReader, 'dueReservations'>,
  at: string,
  notForSale: readonly number[] = [],
): Promise<number> {
  const due = await reader.dueReservations(at, 1_000);
  if (due.length > 0)
    await ledger.commitBatch(due.map((id) => command([expire(id)], { at, notForSale })));
  return due.length;
}
