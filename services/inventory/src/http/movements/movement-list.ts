import {
  ids,
  number,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
  type ListRequest,
} from '@anaquel/jsonapi';
import type { MovementFilterField, MovementSort } from '../../application/ledger.ts';
import { MOVEMENT_KINDS } from '../../domain/movement.ts';
import { declareList, MAX_IDS } from '../lists.ts';

export type MovementListRequest = ListRequest<MovementFilterField, MovementSort>;

export const movementList = declareList<MovementFilterField, MovementSort>({
  filters: {
    product: ids(MAX_IDS),
    kind: oneOf(MOVEMENT_KINDS),
    quantity: number(),
    createdAt: timestamp(),
    actor: text(200),
    reason: orNull(text(500)),
    purchase: { ...orNull(textId()), operators: ['eq', 'null'] },
  },
  sorts: ['position'],
  defaultSort: [{ field: 'position', descending: true }],
});
