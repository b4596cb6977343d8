import { sql, type SqliteConnection } from '@anaquel/runtime/sql';
import { nameKey } from '../../domain/search-text.ts';

/** Sets what tags are ordered by, which SQL can't make: triggers set the tag itself. */
export function sortTags(connection: SqliteConnection, tags: readonly string[]): void {
  for (const tag of tags) {
    const key = nameKey(tag);
    if (key === tag) continue;
    connection.run(sql`update product_tags set name_sort = ${key}
      where visibility in ('active', 'all') and tag = ${tag} and name_sort <> ${key}`);
  }
}
