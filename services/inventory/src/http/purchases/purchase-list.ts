import {
  comparedBy,
  declareList,
  ids,
  number,
  orNull,
  text,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { PurchaseFilters } from '../../application/ledger.ts';
import { MAX_IDS } from '../lists.ts';

export const purchaseList = declareList({
  filters: {
    number: ids(MAX_IDS),
    search: comparedBy(text(200), 'eq'),
    product: comparedBy(ids(MAX_IDS), 'in'),
    reference: orNull(text(200)),
    total: number(),
    currency: text(3),
    createdAt: timestamp(),
    from: comparedBy(timestamp(), 'eq'),
    to: comparedBy(timestamp(), 'eq'),
  } satisfies KindsFor<PurchaseFilters>,
  sorts: ['createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
