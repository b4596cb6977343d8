import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import { MOVEMENT_KINDS, type Movement, type MovementKind } from '../../domain/movement.ts';
import { addressOf, type LinkBasesOf } from '../link-bases.ts';
import type { Relationships } from '../relationships.ts';

export const reason = nullable(
  Type.String({
    minLength: 1,
    maxLength: 500,
    'x-text': 'note',
    'x-expects': 'text of 1 to 500 characters that shows something, or null',
  }),
);

const balance = Type.Integer({ minimum: 0 });

const attributes = Type.Object({
  kind: Type.Unsafe<MovementKind>({ type: 'string', enum: [...MOVEMENT_KINDS] }),
  quantity: Type.Integer({ description: 'What it did to the units on hand.' }),
  position: Type.Integer({ description: 'Its place in the whole log, without gaps.' }),
  sequence: Type.Integer({
    description: "Its place among the product's own movements, without gaps.",
  }),
  onHandDelta: Type.Integer(),
  reservedDelta: Type.Integer(),
  onHandAfter: balance,
  reservedAfter: balance,
  countedOnHand: nullable(
    Type.Integer({ description: 'What was counted at `countedAt`, before what moved since.' }),
  ),
  countedAt: nullable(
    Type.String({
      format: 'date-time',
      description: 'Of a count that says when it was taken; null of all other movements.',
    }),
  ),
  reason,
  actor: Type.String({ description: 'Who did it.' }),
  createdAt: Type.String({ format: 'date-time' }),
});

/** One entry of the ledger. */
export function movementResource({
  linkBases,
  relationships: { productOf, purchaseOf, reservationOf },
}: {
  readonly linkBases: LinkBasesOf;
  readonly relationships: Relationships;
}) {
  return declareResource({
    type: 'stock-movements',
    attributes,
    id: ({ position }) => String(position),
    view: (movement: Movement) => ({
      kind: movement.kind,
      quantity: movement.onHandDelta,
      position: movement.position,
      sequence: movement.sequence,
      onHandDelta: movement.onHandDelta,
      reservedDelta: movement.reservedDelta,
      onHandAfter: movement.onHandAfter,
      reservedAfter: movement.reservedAfter,
      countedOnHand: movement.countedOnHand,
      countedAt: movement.countedAt,
      reason: movement.reason,
      actor: movement.actor,
      createdAt: movement.at,
    }),
    self: ({ position }, request) => addressOf(linkBases, 'stock-movements', position, request),
    relationships: {
      product: productOf(({ productId }: Movement) => String(productId)),
      purchase: purchaseOf(({ purchaseId }: Movement) => purchaseId),
      reservation: reservationOf(({ reservationId }: Movement) => reservationId),
    },
  });
}
