import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Migrations } from '../src/sql/migrations/index.ts';

export interface MigrationFile {
  readonly name: string;
  readonly text: string;
}

export const items = {
  name: '0001-items',
  text: 'export const up = (db) => db.schema.createTable("items").addColumn("id", "integer", (c) => c.primaryKey()).addColumn("name", "text").execute();\nexport const down = (db) => db.schema.dropTable("items").execute();\n',
};
export const notes = {
  name: '0002-item-notes',
  text: 'export const up = (db) => db.schema.alterTable("items").addColumn("notes", "text").execute();\nexport const down = (db) => db.schema.alterTable("items").dropColumn("notes").execute();\n',
};
export const noName = {
  name: '0003-no-name',
  text: 'export const contract = true;\nexport const up = (db) => db.schema.alterTable("items").dropColumn("name").execute();\nexport const down = (db) => db.schema.alterTable("items").addColumn("name", "text").execute();\n',
};
const broken = {
  name: '0002-broken',
  text: 'export const up = async (db) => { await db.schema.createTable("half").addColumn("id", "integer").execute(); throw new Error("no luck"); };\nexport const down = async () => {};\n',
};

/** Writes the migrations of a version of the code, and gives their folder. */
export function writeMigrations(root: string, version: string, files: readonly MigrationFile[]) {
  const folder = join(root, version, 'inventory', 'migrations');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, version, 'package.json'), '{"type":"module"}');
  for (const { name, text } of files) writeFileSync(join(folder, `${name}.ts`), text);
  return folder;
}

interface MigratedDatabase {
  /** A checkout of the code that knows these migrations. */
  code(version: string, ...files: readonly MigrationFile[]): Migrations;
  /** The tables of what was migrated, without those of the bookkeeping. */
  tables(): Promise<readonly unknown[]>;
}

/** The promises of migrations, whatever the database, which is new in each test. */
export function migrationsContract({ code, tables }: MigratedDatabase): void {
  test('up applies pending migrations once, down reverts the last one, status lists them', async () => {
    const now = code('v2', items, notes);
    expect(await now.status()).toEqual([
      { name: '0001-items', state: 'pending', contract: false },
      { name: '0002-item-notes', state: 'pending', contract: false },
    ]);
    expect(await now.up()).toEqual(['0001-items', '0002-item-notes']);
    expect(await now.up()).toEqual([]);
    expect(await now.down()).toEqual(['0002-item-notes']);
    expect((await now.status()).map(({ state }) => state)).toEqual(['applied', 'pending']);
    expect(await now.down()).toEqual(['0001-items']);
    expect(await now.down()).toEqual([]);
    expect(await tables()).toEqual([]);
  });

  test('a database that lacks a migration is refused with the command to run', async () => {
    const before = code('v1', items);
    await expect(before.assertReadable()).rejects.toThrow(
      'The inventory database lacks 0001-items. Run: npm run migrate -- up inventory (in containers: docker compose run --rm inventory migrate up)',
    );
    await before.up();
    await before.assertReadable();
    await expect(code('v2', items, notes).assertReadable()).rejects.toThrow(
      'lacks 0002-item-notes',
    );
  });

  test('older code refuses a database it cannot read, and accepts it again after down', async () => {
    const newest = code('v3', items, notes, noName);
    const older = code('v2', items, notes);
    await newest.up();
    await newest.assertReadable();
    const refusal =
      'The inventory database is newer than this code can read (0003-no-name). Start the newer code, or with it run: npm run migrate -- down inventory (in containers: docker compose run --rm inventory migrate down)';
    await expect(older.assertReadable()).rejects.toThrow(refusal);
    await expect(older.up()).rejects.toThrow(refusal);

    expect(await newest.down()).toEqual(['0003-no-name']);
    await older.assertReadable();
    await newest.up();
    await expect(older.assertReadable()).rejects.toThrow(refusal);
  });

  test('a failing migration leaves nothing behind, and reverts earlier ones of the same run', async () => {
    await expect(code('v2', items, broken).up()).rejects.toThrow(
      'Migration 0002-broken failed and nothing was changed: no luck',
    );
    expect(await tables()).toEqual([]);
  });
}
