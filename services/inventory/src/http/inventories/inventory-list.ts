import { boolean, ids, number, orNull, timestamp, type ListRequest } from '@anaquel/jsonapi';
import type { LevelFilterField, LevelSort } from '../../application/ledger.ts';
import { declareList, MAX_IDS } from '../lists.ts';

export type LevelListRequest = ListRequest<LevelFilterField, LevelSort>;

export const levelList = declareList<LevelFilterField, LevelSort>({
  filters: {
    id: ids(MAX_IDS),
    onHand: number(),
    reserved: number(),
    available: number(),
    lowStockThreshold: orNull(number()),
    lowStock: boolean(),
    updatedAt: timestamp(),
  },
  sorts: ['id', 'onHand', 'reserved', 'available', 'updatedAt'],
  defaultSort: [{ field: 'id', descending: false }],
});
