import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPostgres, startServerClock, type Postgres } from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres-server.ts';

const PATIENCE_MS = 30_000;
const HOUR_MS = 3_600_000;

describe.skipIf(!hasPostgres)('the clock of the database server', () => {
  let place: TestDatabase;
  let database: Postgres;

  beforeAll(async () => {
    place = await createTestDatabase();
    database = createPostgres({ url: place.url, limits: PATIENT });
  });
  afterAll(async () => {
    await database?.close();
    await place?.drop();
  });

  async function started({ lastInstant = async (): Promise<Date | null> => null } = {}) {
    const warn = vi.fn();
    const clock = await startServerClock({ database, lastInstant, log: { warn } });
    return { clock, warn };
  }

  test('is known after the start, and is that of this machine here', async () => {
    const { clock, warn } = await started();
    clock.assertKnown();
    expect(Math.abs(clock.clock().getTime() - Date.now())).toBeLessThan(5_000);
    expect(warn).not.toHaveBeenCalled();
    clock.stop();
  });

  test('begins after the last instant that the database has recorded', async () => {
    const last = new Date(Date.now() + HOUR_MS);
    const { clock, warn } = await started({ lastInstant: async () => last });
    expect(clock.clock().getTime()).toBeGreaterThan(last.getTime());
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]).toEqual([{ aheadSeconds: 3_600 }, expect.any(String)]);
    clock.stop();
  });

  test('is not known while the server does not answer, and becomes known by itself', async () => {
    let isUp = false;
    const { clock, warn } = await started({
      async lastInstant() {
        if (!isUp) throw new Error('no server takes writes');
        return null;
      },
    });
    expect(() => clock.assertKnown()).toThrow('its time is not known');
    expect(Math.abs(clock.clock().getTime() - Date.now())).toBeLessThan(5_000);
    isUp = true;
    await vi.waitFor(() => clock.assertKnown(), PATIENCE_MS);
    expect(warn).toHaveBeenCalledOnce();
    clock.stop();
  });
});
