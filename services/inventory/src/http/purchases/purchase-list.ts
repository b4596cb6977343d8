import { number, orNull, text, timestamp, type ListRequest } from '@anaquel/jsonapi';
import type { PurchaseFilterField, PurchaseSort } from '../../application/ledger.ts';
import { declareList } from '../lists.ts';

export type PurchaseListRequest = ListRequest<PurchaseFilterField, PurchaseSort>;

export const purchaseList = declareList<PurchaseFilterField, PurchaseSort>({
  filters: {
    reference: orNull(text(200)),
    total: number(),
    currency: text(3),
    createdAt: timestamp(),
  },
  sorts: ['createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
