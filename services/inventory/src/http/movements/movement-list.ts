import {
  comparedBy,
  declareList,
  ids,
  number,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { MovementFilters } from '../../application/ledger.ts';
import { MOVEMENT_KINDS } from '../../domain/movement.ts';
import { MAX_IDS } from '../lists.ts';

export const movementList = declareList({
  filters: {
    product: ids(MAX_IDS),
    kind: oneOf(MOVEMENT_KINDS),
    quantity: number(),
    createdAt: timestamp(),
    from: comparedBy(timestamp(), 'eq'),
    to: comparedBy(timestamp(), 'eq'),
    actor: text(200),
    reason: orNull(text(500)),
    purchase: comparedBy(orNull(textId()), 'eq', 'null'),
  } satisfies KindsFor<MovementFilters>,
  sorts: ['position'],
  defaultSort: [{ field: 'position', descending: true }],
});
