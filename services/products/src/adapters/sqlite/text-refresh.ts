import { isDeepStrictEqual } from 'node:util';
import { select, sql, type SqliteConnection, type SqliteWriter } from '@anaquel/runtime/sql';
import type { RefreshTexts } from '../../application/text-upkeep.ts';
import type { Product } from '../../domain/product.ts';
import { TEXT_FORM } from '../../domain/search-text.ts';
import { ALL_TEXTS, FOLDED_TEXTS, PRODUCT, withDerivedColumns } from '../sql/product-columns.ts';
import { normalized } from '../sql/normalized-product.ts';
import { sortTags } from './sort-tags.ts';
import { findStoredText, saveWords } from './product-words.ts';

/**
 * Finds products whose derived texts are of another version or form, because other code wrote them.
 */
export function createSqliteTextRefresh(
  reads: SqliteConnection,
  writer: SqliteWriter,
): RefreshTexts {
  return async (limit) => {
    await markOtherForm(reads, writer);
    // Most often there are none, and then no other change has to wait.
    if (staleProducts(reads, 1).length === 0) return 0;
    return writer.transaction(async (connection) => {
      const products = staleProducts(connection, limit);
      for (const product of products) refresh(connection, product);
      return products.length;
    });
  };
}

/** Makes the texts of all products stale when code of another form wrote them. */
async function markOtherForm(reads: SqliteConnection, writer: SqliteWriter): Promise<void> {
  if (reads.number(sql`select text_form from shop`) === TEXT_FORM) return;
  await writer.transaction(async (connection) => {
    // No product has the version 0.
    connection.run(sql`update products set folded_version = 0 where deleted_at is null`);
    connection.run(sql`update shop set text_form = ${TEXT_FORM}`);
  });
}

function staleProducts(connection: SqliteConnection, limit: number): Product[] {
  const query = select(PRODUCT)`from products where folded_version <> version and deleted_at is null
    order by id limit ${limit}`;
  return connection.all(query);
}

function refresh(connection: SqliteConnection, stored: Product): void {
  const product = normalized(stored);
  const row = withDerivedColumns(product);
  const texts = isDeepStrictEqual(stored, product)
    ? FOLDED_TEXTS.assignments(row)
    : ALL_TEXTS.assignments(row);
  saveWords(connection, product.id, findStoredText(connection, product.id), row.searchText);
  connection.run(sql`update products set ${texts} where id = ${product.id}`);
  sortTags(connection, product.tags);
}
