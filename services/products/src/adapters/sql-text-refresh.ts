import { isDeepStrictEqual } from 'node:util';
import { normalLine, normalText } from '@anaquel/jsonapi';
import type { Kysely } from 'kysely';
import type { RefreshTexts } from '../application/text-upkeep.ts';
import type { Product } from '../domain/product.ts';
import { COLUMNS, columnsOf, toProduct } from './sql-product-rows.ts';
import { sortTags } from './sql-product-tags.ts';
import type { ProductsDatabase } from './sql-schema.ts';

/**
 * Finds rows whose derived texts are of another version than the product, which other code has
 * written.
 */
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
        const stored = toProduct(row);
        const product = normalized(stored);
        const texts = isDeepStrictEqual(stored, product) ? derivedOf(product) : textsOf(product);
        await trx.updateTable('products').set(texts).where('id', '=', product.id).execute();
        await sortTags(trx, product.tags);
      }
      return rows.length;
    });
  };
}

/**
 * Columns that are derived from others. None is set beside them: each costs the indexes that it is
 * in.
 */
function derivedOf(product: Product) {
  const { name_sort, search_text, folded_version } = columnsOf(product);
  return { name_sort, search_text, folded_version };
}

function textsOf(product: Product) {
  const { name, description, tags } = columnsOf(product);
  return { ...derivedOf(product), name, description, tags };
}

/**
 * Its texts as they are stored now. They are the same texts to Unicode, so that it is no change of
 * the product.
 */
function normalized(product: Product): Product {
  const { name, description, tags } = product;
  return {
    ...product,
    name: normalLine(name) || name,
    description: description && normalText(description),
    tags: [...new Set(tags.map((tag) => normalLine(tag) || tag))],
  };
}
