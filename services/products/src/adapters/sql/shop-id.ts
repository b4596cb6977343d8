import { column, rowCodec, select, type SqliteConnection } from '@anaquel/runtime/sql';

const SHOP = rowCodec<{ id: string }>({ id: column('id') });

/** The id that the database got when it was made. A copy of the database has the same. */
export function findShopId(reads: SqliteConnection): string {
  const shop = reads.first(select(SHOP)`from shop`);
  if (shop === undefined) throw new Error('The database has no shop id');
  return shop.id;
}
