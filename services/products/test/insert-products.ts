import type { DatabaseSync } from 'node:sqlite';
import { createSqliteConnection, sql } from '@anaquel/runtime/sql';
import { NEW_PRODUCT, withDerivedColumns } from '../src/adapters/sql/product-columns.ts';
import { saveWords } from '../src/adapters/sqlite/product-words.ts';
import type { Product } from '../src/domain/product.ts';

/** Writes straight into the tables, in one transaction, and logs nothing. */
export function insertProducts(database: DatabaseSync, products: readonly Product[]): void {
  const connection = createSqliteConnection(database);
  database.exec('BEGIN');
  for (const product of products) {
    const row = withDerivedColumns(product);
    connection.run(
      sql`insert into products (id, ${NEW_PRODUCT.columns}) values (${product.id}, ${NEW_PRODUCT.values(row)})`,
    );
    saveWords(connection, product.id, undefined, row.searchText);
  }
  database.exec('COMMIT');
}
