import type { Purchase } from '../api/index.ts';
import { writeCsv } from '../csv/csv-table.ts';
import { shopDay } from './shop-days.ts';

const HEADER = [
  'number',
  'day',
  'createdAt',
  'reference',
  'sku',
  'name',
  'quantity',
  'returned',
  'unitPrice',
  'currency',
  'id',
];

/** A row for each line of each sale; the day is that of the shop. */
export function salesCsv(sales: readonly Purchase[], timeZone: string): string {
  const rows = sales.flatMap(({ id, number, createdAt, reference, currency, lines }) => {
    const day = shopDay(new Date(createdAt), timeZone);
    return lines.map(({ sku, name, quantity, returned, unitPrice }) => [
      number,
      day,
      createdAt,
      reference,
      sku,
      name,
      quantity,
      returned,
      unitPrice,
      currency,
      id,
    ]);
  });
  return writeCsv([HEADER, ...rows]);
}
