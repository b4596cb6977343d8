import { sql, type Sql } from '@anaquel/runtime/sql';
import type { Author } from '../../application/product-store.ts';
import type { ChangeKind, ProductPrice } from '../../domain/product-change.ts';
import type { NewProduct } from '../../domain/product.ts';
import { LATEST_ID } from './latest-id.ts';

/** A change as the log has it, before it has a position. */
export interface LogRow {
  /** Null for the product that gets the latest id. */
  readonly id: number | null;
  readonly kind: ChangeKind;
  readonly product: NewProduct;
  readonly priceBefore: ProductPrice | null;
  readonly by: Author;
}

/** Positions begin after the head, which is raised by as many as there are. */
export function logChanges(log: readonly LogRow[]): Sql {
  const rows = log.map(({ id, kind, product, priceBefore, by }, index) => ({
    place: index + 1,
    product_id: id,
    kind,
    product: JSON.stringify({ ...product, id: undefined }),
    price_before: priceBefore && JSON.stringify(priceBefore),
    actor: by.actor,
    at: by.at,
    traceparent: by.traceparent,
  }));
  return sql`with head as (
      update log_head set position = position + ${log.length} returning position
    ), change as (
      select place, coalesce(product_id, ${LATEST_ID}) as id, kind, product, price_before,
        actor, at, traceparent
      from json_to_recordset(cast(${JSON.stringify(rows)} as json))
        as logged (place bigint, product_id bigint, kind text, product text, price_before text,
          actor text, at text, traceparent text)
    )
    insert into product_changes (position, product_id, kind, product, price_before, actor, at,
      traceparent)
    select head.position - ${log.length} + place, id, kind,
      '{"id":' || cast(id as text) || ',' || substr(product, 2), price_before,
      actor, at, traceparent
    from head cross join change`;
}
