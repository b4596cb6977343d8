import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../src/sql/index.ts';
import { createMigrations } from '../src/sql/migrations/index.ts';

interface SqliteTemplateOptions {
  readonly service: string;
  /** The folder of its migrations. */
  readonly folder: string;
  /** Statements that give a copy the ids that every database makes for itself. */
  readonly renew: string;
}

/**
 * Migrates a new database once, at the first call; each call writes a copy of it to a path. The
 * service's migrations take many times as long.
 */
export function createSqliteTemplate(
  options: SqliteTemplateOptions,
): (path: string) => Promise<void> {
  let template: Promise<Buffer> | undefined;
  return async (path) => {
    template ??= migrate(options);
    writeFileSync(path, await template, { mode: 0o600 });
    const database = new DatabaseSync(path);
    // What the power takes along before a test has begun is no loss.
    database.exec(`PRAGMA synchronous=OFF; ${options.renew}`);
    database.close();
  };
}

async function migrate({ service, folder }: SqliteTemplateOptions): Promise<Buffer> {
  const place = mkdtempSync(join(tmpdir(), 'anaquel-template-'));
  try {
    const path = join(place, 'template.db');
    const database = openSqlite(path);
    await createMigrations({ database, folder, service }).up();
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
