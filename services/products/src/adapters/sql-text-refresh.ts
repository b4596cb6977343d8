import { normalLine, normalText } from '@anaquel/jsonapi';
import type { Kysely } from 'kysely';
import type { RefreshTexts } from '../application/text-upkeep.ts';
import type { Product } from '../domain/product.ts';
import { COLUMNS, columnsOf, toProduct } from './sql-product-rows.ts';
import { sortTags } from './sql-product-tags.ts';
import type { ProductsDatabase } from './sql-schema.ts';

/** Finds rows whose derived texts are of another version than the product, which other code has written. */
export function createSqlTextRefresh(db: Kysely<ProductsDatabase>): RefreshTexts {
  const stale = (trx: Kysely<ProductsDatabase>, limit: number) =>
    trx
      .selectFrom('products')
      .select(COLUMNS)
      .whereRef('folded_version', '<>', 'version')
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .limit(limit);

  return async (limit) => {
    // Most often there are none, and then no other change has to wait.
    if ((await stale(db, 1).execute()).length === 0) return 0;
    return db.transaction().execute(async (trx) => {
      const rows = await stale(trx, limit).execute();
      for (const row of rows) {
        const product = normalized(toProduct(row));
        await trx
          .updateTable('products')
          .set(columnsOf(product))
          .where('id', '=', product.id)
          .execute();
        await sortTags(trx, product.tags);
      }
      return rows.length;
    });
  };
}

/** Its texts as they are stored now. They are the same texts to Unicode, so that it is no change of the product. */
function normalized(product: Product): Product {
  const { name, description, tags } = product;
  return {
    ...product,
    name: normalLine(name) || name,
    description: description && normalText(description),
    tags: [...new Set(tags.map((tag) => normalLine(tag) || tag))],
  };
}
