import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createMigrations } from '@anaquel/runtime/migrations';
import { openSqlite } from '@anaquel/runtime/sql';
import { expect, test } from 'vitest';
import { sqliteMigrations } from '../src/adapters/sqlite/store.ts';
import { createProductPlace } from './product-place.ts';
import { startTestService } from './test-service.ts';

function findsByTrigrams(database: DatabaseSync, part: string): unknown {
  database.exec(`update products set search_text = search_text || ' x' where id = 1`);
  return database
    .prepare('select count(*) as products from product_search where product_search match ?')
    .get(part)?.['products'];
}

test('the products of an older database are counted and found after the migration, which can be reverted', async () => {
  const place = await createProductPlace({ store: 'sqlite' });
  const service = await startTestService(place);
  await service.create({ name: 'Lantern', price: 1 });
  await service.create({ name: 'Lantern draft', price: 1, status: 'draft' });
  const deleted = await service.create({ name: 'Lantern gone', price: 1 });
  await service.call('DELETE', `/api/v1/products/${deleted}`);
  await service.close();

  const database = openSqlite(join(place.folder, 'products.db'));
  const migrations = createMigrations({ database, folder: sqliteMigrations, service: 'products' });
  // Back to the first release, whatever came after it.
  let name: string | undefined;
  do {
    [name] = await migrations.down();
    expect(name).toBeDefined();
    // The release before the table of words searches by this index, with the words of a change.
    if (name === '0008-word-table') expect(findsByTrigrams(database, 'antern')).toBe(2);
  } while (name !== '0002-product-search');
  await migrations.up();
  database.close();

  const again = await startTestService(place);
  const total = async (query: string) =>
    (await again.call('GET', `/api/v1/products${query}`)).body.meta.total;
  expect(await total('')).toBe(2);
  expect(await total('?filter[status]=draft')).toBe(1);
  expect(await total('?filter[search]=antern')).toBe(2);
  await again.close();
  await place.remove();
});
