import type { NewRecord } from '../../domain/idempotency-record.ts';
import type { PositionedPurchase } from '../../domain/purchase.ts';
import { inPurchase, NO_RECORD, storedRecord, type StoredRecord } from './stored-record.ts';

/** The rows of purchases. Each has the record of its key in it. */
export function purchaseRows(
  purchases: readonly PositionedPurchase[],
  records: readonly NewRecord[],
) {
  const recordsById = new Map(
    records.flatMap((record) => {
      const { result } = record.outcome;
      return result.type === 'purchase' ? [[result.purchase.id, record] as const] : [];
    }),
  );
  return purchases.map(({ purchase, firstPosition, lastPosition }) => {
    const record = recordsById.get(purchase.id);
    const kept = record ? inPurchase(record) : NO_RECORD;
    return { ...purchase, firstPosition, lastPosition, ...kept };
  });
}

/** The rows of all other records. */
export function recordRows(records: readonly NewRecord[]): StoredRecord[] {
  return records.flatMap((record) => {
    const { result } = record.outcome;
    return result.type === 'purchase' ? [] : [storedRecord(record, result)];
  });
}
