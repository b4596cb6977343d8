import { select, withParameters, type Query, type SqliteConnection } from '@anaquel/runtime/sql';
import type { Product } from '../../domain/product.ts';
import { PRODUCT } from '../sql/product-columns.ts';

const productQuery = withParameters<[id: number], Query<Product>>(
  (id) => select(PRODUCT)`from products where id = ${id} and deleted_at is null`,
);

export function findProduct(connection: SqliteConnection, id: number): Product | undefined {
  return connection.first(productQuery(id));
}
