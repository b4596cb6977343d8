import { declareList, number, orNull, text, timestamp, type KindsFor } from '@anaquel/jsonapi';
import type { PurchaseFilters } from '../../application/ledger.ts';

export const purchaseList = declareList({
  filters: {
    reference: orNull(text(200)),
    total: number(),
    currency: text(3),
    createdAt: timestamp(),
  } satisfies KindsFor<PurchaseFilters>,
  sorts: ['createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
