import type { DatabaseSync } from 'node:sqlite';
import { createSqliteConnection, sql } from '@anaquel/runtime/sql';
import { NEW_PRODUCT, withDerivedColumns } from '../src/adapters/sqlite/product-columns.ts';
import type { Product } from '../src/domain/product.ts';

/** Writes straight into the table, in one transaction, and logs nothing. */
export function insertProducts(database: DatabaseSync, products: readonly Product[]): void {
  const connection = createSqliteConnection(database);
  database.exec('BEGIN');
  for (const product of products) {
    const row = NEW_PRODUCT.values(withDerivedColumns(product));
    connection.run(
      sql`insert into products (id, ${NEW_PRODUCT.columns}) values (${product.id}, ${row})`,
    );
  }
  database.exec('COMMIT');
}
