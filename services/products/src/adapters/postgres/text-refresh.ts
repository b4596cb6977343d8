import { isDeepStrictEqual } from 'node:util';
import type { Postgres } from '@anaquel/runtime/postgres';
import { pairOf, select, sql, type Sql } from '@anaquel/runtime/sql';
import type { RefreshTexts } from '../../application/text-upkeep.ts';
import { nameKey, TEXT_FORM } from '../../domain/search-text.ts';
import { normalized } from '../sql/normalized-product.ts';
import { ALL_TEXTS, FOLDED_TEXTS, PRODUCT, withDerivedColumns } from '../sql/product-columns.ts';
import { STORED_TEXT } from '../sql/stored-text.ts';
import type { Change } from './change.ts';
import { tagChanges } from './tag-counts.ts';
import { wordChanges, type TextChange } from './product-words.ts';

/**
 * Of a product that this code has to derive texts for. Each row has its form, because a release
 * that makes texts of another form may run beside: it leaves those alone that have a higher one.
 */
const IS_OTHER_VERSION = sql`folded_version <> version and deleted_at is null`;
const IS_OTHER_FORM = sql`text_form < ${TEXT_FORM} and deleted_at is null`;

/** Their ids. Each of the two conditions has an index, and the two together none. */
const staleIds = (limit: number) => sql`
  select id from (select id from products where ${IS_OTHER_VERSION} order by id limit ${limit}) as one
  union all
  select id from (select id from products where ${IS_OTHER_FORM} order by text_form, id limit ${limit}) as other`;

const STALE_PRODUCT = pairOf(PRODUCT, STORED_TEXT);

/**
 * Finds products whose derived texts are of another version or form, because other code wrote them.
 */
export function createPostgresTextRefresh(database: Postgres): RefreshTexts {
  return async (limit) => {
    // Most often there are none, and then no other change has to wait.
    const some = await database.reads.rows(staleIds(1));
    if (some.length === 0) return 0;
    return database.transaction(async (transaction) => {
      const stale = await transaction.all(
        select(STALE_PRODUCT)`from products
          where id = any(array(${staleIds(limit)})) and (${IS_OTHER_VERSION} or ${IS_OTHER_FORM})
          order by id limit ${limit} for update`,
      );
      const texts: TextChange[] = [];
      const updates: Sql[] = [];
      const changed: Change[] = [];
      for (const [stored, before] of stale) {
        const product = normalized(stored);
        const row = withDerivedColumns(product);
        const isSame = isDeepStrictEqual(stored, product);
        const columns = isSame ? FOLDED_TEXTS.assignments(row) : ALL_TEXTS.assignments(row);
        updates.push(
          sql`update products set ${columns}, text_form = ${TEXT_FORM} where id = ${product.id}`,
        );
        texts.push({ id: product.id, before, after: row.searchText });
        changed.push({ before: stored, after: product });
      }
      const tags = new Set(changed.flatMap(({ after }) => after?.tags ?? []));
      await transaction.commit(
        ...updates,
        ...wordChanges(texts),
        ...tagChanges(changed),
        ...sortTags([...tags].sort()),
      );
      return stale.length;
    });
  };
}

function sortTags(tags: readonly string[]): Sql[] {
  return tags.map((tag) => {
    const key = nameKey(tag);
    return sql`update product_tags set name_sort = ${key} where tag = ${tag} and name_sort <> ${key}`;
  });
}
