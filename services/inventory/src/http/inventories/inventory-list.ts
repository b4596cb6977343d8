import {
  declareList,
  boolean,
  ids,
  number,
  orNull,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { LevelFilters } from '../../application/ledger.ts';
import { MAX_IDS } from '../lists.ts';

export const levelList = declareList({
  filters: {
    id: ids(MAX_IDS),
    onHand: number(),
    reserved: number(),
    available: number(),
    lowStockThreshold: orNull(number()),
    lowStock: boolean(),
    updatedAt: timestamp(),
  } satisfies KindsFor<LevelFilters>,
  sorts: ['id', 'onHand', 'reserved', 'available', 'updatedAt'],
  defaultSort: [{ field: 'id', descending: false }],
});
