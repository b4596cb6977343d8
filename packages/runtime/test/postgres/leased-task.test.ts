import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createPostgres,
  createPostgresLease,
  startLeasedTask,
  type Postgres,
} from '../../src/sql/postgres/index.ts';
import type { Work } from '../../src/process/work.ts';
import { PATIENT } from './patient-limits.ts';
import { createTestDatabase, hasPostgres, runOn, type TestDatabase } from './postgres-server.ts';

const PATIENCE_MS = 30_000;

describe.skipIf(!hasPostgres)('a task under a lease', () => {
  const tasks: Work[] = [];
  let place: TestDatabase;
  let database: Postgres;

  beforeAll(async () => {
    place = await createTestDatabase();
    await runOn(
      place.url,
      'create table leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
    );
    database = createPostgres({ url: place.url, limits: PATIENT });
  });
  beforeEach(() =>
    runOn(place.url, 'delete from leases', "insert into leases values ('upkeep', '', 0, 0)"),
  );
  afterEach(() => Promise.all(tasks.splice(0).map((task) => task.stop())));
  afterAll(async () => {
    await database?.close();
    await place?.drop();
  });

  /** A task that keeps what happens to it. */
  function start({ begin = (): void => {} } = {}) {
    const happened: string[] = [];
    const onError = vi.fn();
    const task = startLeasedTask({
      database,
      lease: 'upkeep',
      begin({ epoch }) {
        begin();
        happened.push(`began ${epoch}`);
        return {
          wake: () => void happened.push(`woken ${epoch}`),
          stop: async () => void happened.push(`stopped ${epoch}`),
        };
      },
      onError,
    });
    tasks.push(task);
    const waitForLast = (last: string) =>
      vi.waitFor(() => expect(happened.at(-1)).toBe(last), PATIENCE_MS);
    return { ...task, happened, onError, waitForLast };
  }

  /** Another process takes the lease, as it may from who has not kept it. */
  async function takeOver(): Promise<void> {
    await runOn(place.url, 'update leases set until_ms = 0');
    const other = { database, name: 'upkeep', holder: 'other', heldForMs: 600_000 };
    if ((await createPostgresLease(other).take()) === null) await takeOver();
  }

  test('is done by one, and by another as soon as that one stops', async () => {
    const [one, two] = [start(), start()];
    await vi.waitFor(
      () => expect([...one.happened, ...two.happened]).toEqual(['began 1']),
      PATIENCE_MS,
    );
    const [first, second] = one.happened.length > 0 ? [one, two] : [two, one];
    first.wake();
    second.wake();
    await first.stop();
    expect(first.happened).toEqual(['began 1', 'woken 1', 'stopped 1']);
    await second.waitForLast('began 2');
    expect(second.happened).toEqual(['began 2']);
  });

  test('ends where the lease is lost, and begins anew with the next epoch', async () => {
    const task = start();
    await task.waitForLast('began 1');
    await takeOver();
    await task.waitForLast('stopped 1');
    await runOn(place.url, 'update leases set until_ms = 0');
    await task.waitForLast('began 3');
    expect(task.happened).toEqual(['began 1', 'stopped 1', 'began 3']);
    expect(task.onError).not.toHaveBeenCalled();
  });

  test('that cannot begin is told, and tried again', async () => {
    let tries = 0;
    const task = start({
      begin() {
        tries += 1;
        if (tries === 1) throw new Error('not yet');
      },
    });
    await task.waitForLast('began 1');
    expect(task.onError).toHaveBeenCalledOnce();
  });
});
