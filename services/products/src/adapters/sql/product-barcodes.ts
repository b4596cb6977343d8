import { joinSql, sql, valueList, type Sql } from '@anaquel/runtime/sql';

/** What a change does to the barcodes of one product; a deleted one has none. */
export interface BarcodeChange {
  readonly id: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Which products that aren't deleted have some barcodes: rows of a barcode and an id. */
export function barcodeOwners(barcodes: readonly string[]): Sql {
  return sql`select barcode, product_id from product_barcodes
    join products on products.id = product_id
    where barcode in ${valueList(barcodes)} and deleted_at is null`;
}

/**
 * Brings the table of barcodes in step. One that goes to another product is freed first, as is one
 * that the release before left with a product that it deleted. All take them in the same order.
 */
export function barcodeChanges(changes: readonly BarcodeChange[]): Sql[] {
  const removed = changes.flatMap(({ before, after }) =>
    before.filter((barcode) => !after.includes(barcode)),
  );
  const added = changes
    .flatMap(({ id, before, after }) =>
      after
        .filter((barcode) => !before.includes(barcode))
        .map((barcode) => ({ barcode, row: sql`(${barcode}, cast(${id} as bigint))` })),
    )
    .sort((a, b) => (a.barcode < b.barcode ? -1 : 1));
  const touched = [...removed, ...added.map(({ barcode }) => barcode)];
  if (touched.length === 0) return [];
  const ids = valueList(changes.map(({ id }) => id));
  const free = sql`delete from product_barcodes where barcode in ${valueList(touched)}
    and (product_id in ${ids} or product_id in (select id from products where deleted_at is not null))`;
  if (added.length === 0) return [free];
  const rows = joinSql(
    added.map(({ row }) => row),
    ', ',
  );
  return [free, sql`insert into product_barcodes (barcode, product_id) values ${rows}`];
}
