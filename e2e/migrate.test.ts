import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, hasPostgres, runOn } from '@anaquel/runtime/postgres-server';
import { tryLockDatabase } from '@anaquel/runtime/sql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCheckout } from './checkout.ts';

let checkout: ReturnType<typeof createCheckout>;

beforeEach(() => {
  checkout = createCheckout();
});

afterEach(() => checkout.remove());

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

test('a new migration is pending, applied, reverted and applied again', async () => {
  await migrate('up');
  const creation = await migrate('new', 'inventory', 'add-a-note');
  const file = /^Wrote (.*\/inventory\/migrations\/sqlite\/(\d{4}-add-a-note)\.ts)$/m.exec(
    creation.output,
  );
  expect(creation.output).toMatch(
    /^Wrote .*\/inventory\/migrations\/postgres\/\d{4}-add-a-note\.ts$/m,
  );
  expect(creation.code).toBe(0);
  expect(file?.[2]).not.toMatch(/^0001/);
  const [, path = '', name = ''] = file ?? [];
  writeFileSync(
    path,
    `export const up = (db) => db.schema.createTable('note').addColumn('id', 'integer').execute();
     export const down = (db) => db.schema.dropTable('note').execute();`,
  );

  expect((await migrate('status', 'inventory')).output).toContain(`inventory: pending ${name}\n`);
  expect(await migrate('up', 'inventory')).toEqual({
    code: 0,
    output: `inventory: applied ${name}\n`,
  });
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
  expect((await migrate('status')).output).toMatch(/^products: applied 0001-/m);
});

test('beside a running service only migrations that add are applied', async () => {
  await migrate('up');
  const lock = tryLockDatabase(join(checkout.folder, 'data', 'inventory.db'));
  const add = await migrate('new', 'inventory', 'add-a-note');
  const [, path = '', name = ''] =
    /^Wrote (.*\/inventory\/migrations\/sqlite\/(\d{4}-add-a-note)\.ts)$/m.exec(add.output) ?? [];
  const source = `
    export const up = (db) => db.schema.createTable('note').addColumn('id', 'integer').execute();
    export const down = (db) => db.schema.dropTable('note').execute();`;
  const refusal = (why: string) => ({
    code: 1,
    output: expect.stringMatching(
      new RegExp(
        `^The inventory service runs on \\S+inventory\\.db, and ${why}: stop it first\\. Nothing was changed\\.\n$`,
      ),
    ),
  });
  writeFileSync(path, `${source} export const contract = true;`);
  expect(await migrate('up', 'inventory')).toEqual(
    refusal(`migration ${name} takes away what it reads`),
  );
  writeFileSync(path, source);
  expect(await migrate('up', 'inventory')).toEqual({
    code: 0,
    output: `inventory: applied ${name}\n`,
  });
  expect(await migrate('down', 'inventory')).toEqual(
    refusal('taking a migration back takes away what it reads'),
  );
  const copies = () =>
    readdirSync(join(checkout.folder, 'data')).filter((file) => /\.db\.\d{4}-/.test(file));
  expect(copies()).toEqual([]);
  lock?.release();
  expect((await migrate('down', 'inventory')).code).toBe(0);
  const [copy = ''] = copies();
  expect(statSync(join(checkout.folder, 'data', copy)).mode & 0o777).toBe(0o600);
});

test.skipIf(!hasPostgres)(
  'on PostgreSQL, too, beside a running service only migrations that add are applied',
  async () => {
    const place = await createTestDatabase();
    try {
      writeFileSync(join(checkout.folder, '.env'), `INVENTORY_DATABASE_URL=${place.url}\n`);
      expect((await migrate('up', 'inventory')).code).toBe(0);
      const folder = join(checkout.folder, 'services', 'inventory', 'migrations', 'postgres');
      const source = `
        export const up = (db) => db.schema.createTable('note').addColumn('id', 'integer').execute();
        export const down = (db) => db.schema.dropTable('note').execute();`;
      const file = join(folder, '9999-add-a-note.ts');
      // What a running service does.
      await runOn(
        place.url,
        'create table if not exists leases (name text primary key, holder text not null, epoch bigint not null, until_ms bigint not null)',
        "insert into leases values ('of a test', '', 0, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + 600000)",
      );
      writeFileSync(file, `${source} export const contract = true;`);
      const refused = await migrate('up', 'inventory');
      expect(refused.code).toBe(1);
      expect(refused.output).toContain(
        'and migration 9999-add-a-note takes away what it reads: stop it',
      );
      expect(refused.output).not.toContain('secret');
      writeFileSync(file, source);
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
      await place.drop();
    }
  },
);

test('before the first start every migration is pending, and status creates nothing', async () => {
  const { code, output } = await migrate('status');
  expect(code).toBe(0);
  expect(output).toMatch(/^products: pending 0001-.*\n(.*\n)*inventory: pending 0001-/);
  expect(existsSync(join(checkout.folder, 'data'))).toBe(false);
});

test('the template of a new migration can be loaded', async () => {
  await migrate('new', 'products', 'add-brand');
  expect((await migrate('status', 'products')).output).toMatch(
    /^products: pending \d{4}-add-brand$/m,
  );
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
