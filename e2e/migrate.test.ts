import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, hasPostgres, runOn } from '@anaquel/runtime/postgres-server';
import { tryLockDatabase } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCheckout } from './checkout.ts';

// The tests follow one another in one checkout.

let checkout: ReturnType<typeof createCheckout>;

beforeAll(() => {
  checkout = createCheckout();
});

afterAll(() => checkout.remove());

/** What `npm run migrate -- …` printed, and its exit code. */
function migrate(...args: string[]): Promise<{ code: unknown; output: string }> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  return new Promise((resolve) => {
    const command = ['tools/run.cjs', 'tools/migrate.ts', ...args];
    execFile(process.execPath, command, { cwd: checkout.folder, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

test('before the first start every migration is pending, and status creates nothing', async () => {
  const { code, output } = await migrate('status');
  expect(code).toBe(0);
  expect(output).toMatch(/^products: pending 0001-.*\n(.*\n)*inventory: pending 0001-/);
  expect(existsSync(join(checkout.folder, 'data'))).toBe(false);
});

const ADDS = `
  export const up = (db) => db.schema.createTable('note').addColumn('id', 'integer').execute();
  export const down = (db) => db.schema.dropTable('note').execute();`;
const TAKES_AWAY = `${ADDS} export const contract = true;`;

test.skipIf(!hasPostgres)(
  'on PostgreSQL, too, beside a running service only migrations that add are applied',
  async () => {
    const place = await createTestDatabase();
    const settings = join(checkout.folder, '.env');
    const folder = join(checkout.folder, 'services', 'inventory', 'migrations', 'postgres');
    const file = join(folder, '9999-add-a-note.ts');
    try {
      writeFileSync(settings, `INVENTORY_DATABASE_URL=${place.url}\n`);
      expect((await migrate('up', 'inventory')).code).toBe(0);
      // What a running service does.
      await runOn(
        place.url,
        'create table if not exists leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
        "insert into leases values ('of a test', '', 0, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + 600000)",
      );
      writeFileSync(file, TAKES_AWAY);
      const refused = await migrate('up', 'inventory');
      expect(refused.code).toBe(1);
      expect(refused.output).toContain(
        'and migration 9999-add-a-note takes away what it reads: stop it',
      );
      expect(refused.output).not.toContain('secret');
      writeFileSync(file, ADDS);
      expect(await migrate('up', 'inventory')).toEqual({
        code: 0,
        output: 'inventory: applied 9999-add-a-note\n',
      });
      await runOn(place.url, 'update leases set until_ms = 0');
      expect(await migrate('down', 'inventory')).toEqual({
        code: 0,
        output: expect.stringMatching(
          /^inventory: kept a copy in \S+\.dump\ninventory: took back 9999-add-a-note\n$/,
        ),
      });
    } finally {
      for (const path of [settings, file]) rmSync(path, { force: true });
      await place.drop();
    }
  },
);

describe('a new migration', () => {
  let path: string;
  let name: string;

  test('can be loaded from its template, and is pending', async () => {
    await migrate('up');
    const creation = await migrate('new', 'inventory', 'add-a-note');
    expect(creation.code).toBe(0);
    [, path = '', name = ''] =
      /^Wrote (.*\/inventory\/migrations\/sqlite\/(\d{4}-add-a-note)\.ts)$/m.exec(
        creation.output,
      ) ?? [];
    expect(creation.output).toMatch(
      /^Wrote .*\/inventory\/migrations\/postgres\/\d{4}-add-a-note\.ts$/m,
    );
    expect(name).not.toMatch(/^0001/);
    const { output } = await migrate('status');
    expect(output).toContain(`inventory: pending ${name}\n`);
    expect(output).toMatch(/^products: applied 0001-/m);
  });

  test('is applied beside a running service if it only adds, and not taken back', async () => {
    const lock = tryLockDatabase(join(checkout.folder, 'data', 'inventory.db'));
    const refusal = (why: string) => ({
      code: 1,
      output: expect.stringMatching(
        new RegExp(
          `^The inventory service runs on \\S+inventory\\.db, and ${why}: stop it first\\. Nothing was changed\\.\n$`,
        ),
      ),
    });
    writeFileSync(path, TAKES_AWAY);
    expect(await migrate('up', 'inventory')).toEqual(
      refusal(`migration ${name} takes away what it reads`),
    );
    writeFileSync(path, ADDS);
    expect(await migrate('up', 'inventory')).toEqual({
      code: 0,
      output: `inventory: applied ${name}\n`,
    });
    expect(await migrate('down', 'inventory')).toEqual(
      refusal('taking a migration back takes away what it reads'),
    );
    expect(copies()).toEqual([]);
    lock?.release();
  });

  test('is applied once, and taken back with a copy kept', async () => {
    expect(await migrate('up', 'inventory')).toEqual({
      code: 0,
      output: 'inventory: nothing is pending\n',
    });
    expect(await migrate('down', 'inventory')).toEqual({
      code: 0,
      output: expect.stringMatching(
        new RegExp(
          `^inventory: kept a copy in \\S+inventory\\.db\\.\\S+\ninventory: took back ${name}\n$`,
        ),
      ),
    });
    const [copy = ''] = copies();
    expect(statSync(join(checkout.folder, 'data', copy)).mode & 0o777).toBe(0o600);
    expect((await migrate('up', 'inventory')).output).toBe(`inventory: applied ${name}\n`);
  });

  function copies(): string[] {
    return readdirSync(join(checkout.folder, 'data')).filter((file) => /\.db\.\d{4}-/.test(file));
  }
});

test('an unknown command prints the usage', async () => {
  const { code, output } = await migrate('sideways');
  expect(code).toBe(1);
  expect(output).toContain('npm run migrate -- new <service> <name>');
});

test('an invalid name is refused in one line', async () => {
  const { code, output } = await migrate('new', 'products', 'Add Brand');
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toEqual([expect.stringContaining('like add-brand')]);
});
