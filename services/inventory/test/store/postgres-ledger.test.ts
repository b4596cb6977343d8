import { createPostgres, createPostgresLease } from '@anaquel/runtime/postgres';
import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { isSoak } from '@anaquel/runtime/soak-counts';
import { describe, expect, test, vi } from 'vitest';
import { readEntries } from '../../src/adapters/postgres/ledger-reader.ts';
import { createPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { readNextEntries } from '../../src/adapters/postgres/next-entries.ts';
import {
  after,
  command,
  nextId,
  receive,
  reserve,
  sale,
  track,
  withKey,
} from '../support/commands.ts';
import { openPostgresStore } from '../support/postgres-store.ts';
import { newProduct } from '../support/test-store.ts';
import { ledgerContract, writingContract } from './ledger-contract.ts';

// Each read is a round trip, and the lists are read some thousand times.
describe.skipIf(!hasPostgres)('on PostgreSQL', { timeout: 240_000 }, () => {
  ledgerContract('the ledger', () => openPostgresStore());

  // Distributed engines have no other level, or are asked for no other. The statements of a list
  // stand alone, whatever the level. A soak is enough: the statements are the same.
  if (isSoak)
    writingContract('the ledger in a serializable database', () =>
      openPostgresStore({ default_transaction_isolation: 'serializable' }),
    );

  test('reads no other purchases for the keys of a batch, though the server knows nothing of them yet', async () => {
    const store = await openPostgresStore();
    await store.run('vacuum analyze', MANY_PURCHASES);
    const connection = store.connect();
    const product = newProduct();
    const buy = () => withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    await connection.ledger.commitBatch([command([track(product, 100)])]);
    const outcomes = await connection.ledger.commitBatch(Array.from({ length: 30 }, buy));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    // What a connection has read is told by its end.
    await connection.close();
    const rowsRead = () => store.run(ROWS_READ);
    await vi.waitFor(
      async () => expect(await rowsRead()).toEqual([{ inserted: '5030', read: '0' }]),
      30_000,
    );
    await store.remove();
  });

  test('the relay reads no other purchases for those of a page, though its statement was first planned for empty tables', async () => {
    const store = await openPostgresStore();
    await store.run('vacuum analyze');
    const database = createPostgres({ url: store.url });
    const lease = createPostgresLease({
      database,
      name: 'upkeep',
      holder: 'relay',
      heldForMs: 60_000,
    });
    const term = await lease.take();
    const page = () => term?.confirmed((reads) => readEntries(reads, 0, 100)) ?? [];
    for (let round = 0; round < ROUNDS_UNTIL_KEPT; round += 1) expect(await page()).toEqual([]);
    await store.run(MANY_PURCHASES);
    const { ledger, close } = store.connect();
    const product = newProduct();
    await ledger.commitBatch([command([track(product, 100)])]);
    await ledger.commitBatch(
      Array.from({ length: 30 }, () => sale([{ productId: product, quantity: 1 }])),
    );
    await close();
    expect(await page()).toHaveLength(31);
    await database.close();
    await vi.waitFor(async () => {
      const [counts] = (await store.run(ENTRIES_READ)) as { inserted: string; read: string }[];
      expect(counts?.inserted).toBe('5030');
      expect(Number(counts?.read)).toBeLessThan(500);
    }, 30_000);
    await store.remove();
  });

  test('keeps the record of a purchase that a copy brought apart from it', async () => {
    const store = await openPostgresStore();
    const { ledger, close } = store.connect();
    const product = newProduct();
    const bought = withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    const [, first] = await ledger.commitBatch([command([track(product, 9)]), bought]);
    await store.run(...KEPT_APART);
    expect(await ledger.pruneRecords(after(1), 10)).toBe(0);
    const [again] = await ledger.commitBatch([{ ...bought, id: nextId() }]);
    expect(again).toEqual({ ...first, replayed: true });
    await close();
    await store.remove();
  });

  test('the release before, run beside this one, finds no purchase whose key it would forget', async () => {
    const store = await openPostgresStore();
    const { ledger, close } = store.connect();
    const product = newProduct();
    const bought = withKey(sale([{ productId: product, quantity: 1 }]), nextId());
    await ledger.commitBatch([command([track(product, 9)]), bought]);
    await close();
    const old = 'select id from purchases where id > (select pruned from record_upkeep)';
    expect(await store.run(old)).toEqual([]);
    await store.remove();
  });

  test('what a process has just added to the log is what the database gives, until another one adds to it', async () => {
    const store = await openPostgresStore();
    const database = createPostgres({ url: store.url });
    const ledger = createPostgresLedger(database);
    const other = store.connect();
    const [one, two] = [newProduct(), newProduct()];
    const lines = [one, two].map((productId) => ({ productId, quantity: 2 }));
    await other.ledger.commitBatch([command([track(one, 10)])]);
    await ledger.commitBatch([command([track(two, 4)])]);
    await ledger.commitBatch([
      withKey(sale(lines), nextId()),
      sale([{ productId: 9, quantity: 1 }]),
    ]);
    await ledger.commitBatch([sale(lines), command([receive(one, 1)])]);
    const recent = (position: number) => ledger.recentEntries.after(position, 4);
    expect(recent(1)).toEqual(await readEntries(database.reads, 1, 4));
    expect([recent(0), recent(6)?.length, recent(7)]).toEqual([null, 1, null]);
    await other.ledger.commitBatch([command([receive(one, 1)])]);
    await ledger.commitBatch([sale(lines.slice(0, 1)), reserve([{ productId: one, quantity: 1 }])]);
    await ledger.commitBatch([sale(lines.slice(0, 1))]);
    expect([recent(7), recent(8)]).toEqual([null, await readEntries(database.reads, 8, 4)]);
    const next = () => readNextEntries(database.reads, ledger.recentEntries, 10, 4);
    expect(await next()).toEqual(recent(10));
    // As after the loss of a server whose standby lacked it.
    await store.run('update movements set sequence = sequence + 1 where position = 11');
    expect(await next()).toMatchObject([{ movement: { sequence: 9 } }]);
    await Promise.all([database.close(), other.close()]);
    await store.remove();
  });
});

/** PostgreSQL keeps a plan when a statement has run five times. */
const ROUNDS_UNTIL_KEPT = 7;

const ENTRIES_READ = `select n_tup_ins as inserted,
    (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'purchases') as read
  from pg_stat_user_tables where relname = 'purchases'`;

const KEPT_APART = [
  `insert into idempotency_records (scope, key, fingerprint, outcome, at, format, base)
    select idempotency_scope, idempotency_key, fingerprint,
      '{"ok":true,"result":{"type":"purchase","purchaseId":"' || id || '"},"position":' || last_position || ',"replayed":false}',
      at, record_format, 0 from purchases`,
  `update purchases set idempotency_scope = null, idempotency_key = null, fingerprint = null,
    record_format = null, key_hash = null`,
];

const MANY_PURCHASES = `insert into purchases (id, number, currency, currency_decimals, total, lines, owner, actor, at,
    first_position, last_position, idempotency_scope, idempotency_key, fingerprint, record_format, key_hash)
  select 'purchase ' || i, 1000000 + i, 'USD', 2, 250, '[]', 'till', 'ana', '2026-01-01T00:00:00.000Z', i, i, 'till purchase',
    'key ' || i, '', 3, i from generate_series(1, 5000) as i`;

const ROWS_READ = `select n_tup_ins as inserted, seq_tup_read as read from pg_stat_user_tables where relname = 'purchases'`;
