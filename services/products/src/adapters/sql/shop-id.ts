import { column, rowCodec, select, type SqlReads } from '@anaquel/runtime/sql';

const SHOP = rowCodec<{ id: string }>({ id: column('id') });

/** The id that the database got when it was made. A copy of the database has the same. */
export async function findShopId(reads: SqlReads): Promise<string> {
  const shop = await reads.first(select(SHOP)`from shop`);
  if (shop === undefined) throw new Error('The database has no shop id');
  return shop.id;
}
