import { JsonApiError, protocolProblem, toOneRelationship } from '@anaquel/jsonapi';
import Type, { type Static } from 'typebox';
import type { MovementRequest } from '../../application/record-movement.ts';
import { MAX_ON_HAND } from '../../domain/level.ts';
import { requireProductId } from '../ids.ts';
import { reason } from './movement-resource.ts';

/** Where a body names its product. */
export const PRODUCT = '/data/relationships/product/data';

type RecordedKind = MovementRequest['kind'];

/** A movement as a body states it. */
interface MovementInput {
  readonly productId: number;
  readonly quantity: number;
  readonly reason: string | null | undefined;
  readonly purchaseId: string | undefined;
}

interface KindRule<Kind extends RecordedKind> {
  readonly description: string;
  /** @throws {JsonApiError} for an attribute that the kind doesn't allow beside the others. */
  request(input: MovementInput): Extract<MovementRequest, { kind: Kind }>;
}

/** The kinds of movements that clients record. */
const KINDS: { readonly [Kind in RecordedKind]: KindRule<Kind> } = {
  receipt: {
    description: 'A receipt adds units.',
    request({ productId, quantity, reason: why = null, purchaseId }) {
      assertNoPurchase(purchaseId);
      if (quantity < 1)
        throw invalid(
          'quantity',
          'A receipt needs a "quantity" of 1 or more; take units away by an adjustment.',
        );
      return { kind: 'receipt', productId, quantity, reason: why };
    },
  },
  adjustment: {
    description: 'An adjustment adds or takes away and needs a reason.',
    request({ productId, quantity, reason: why, purchaseId }) {
      assertNoPurchase(purchaseId);
      if (quantity === 0)
        throw invalid('quantity', 'An adjustment needs a "quantity" other than 0.');
      return {
        kind: 'adjustment',
        productId,
        quantity,
        reason: requireReason(why, 'An adjustment needs a "reason".'),
      };
    },
  },
  return: {
    description: 'A return gives back units of a purchase, never more than were sold.',
    request({ productId, quantity, reason: why = null, purchaseId }) {
      if (purchaseId === undefined)
        throw new JsonApiError(
          protocolProblem('invalid-document', 'A return needs the relationship "purchase".', {
            source: { pointer: '/data/relationships' },
          }),
        );
      if (quantity < 1) throw invalid('quantity', 'A return needs a "quantity" of 1 or more.');
      return { kind: 'return', productId, quantity, purchaseId, reason: why };
    },
  },
};

/** One sentence for each kind. */
export const kindsDescription = Object.values(KINDS)
  .map(({ description }) => description)
  .join(' ');

const attributes = Type.Object({
  kind: Type.Unsafe<RecordedKind>({ type: 'string', enum: Object.keys(KINDS) }),
  quantity: Type.Integer({
    minimum: -MAX_ON_HAND,
    maximum: MAX_ON_HAND,
    description:
      'Units: below zero for an adjustment that takes away, and at least 1 for the other kinds.',
  }),
  reason: Type.Optional(reason),
});

const relationships = Type.Object({
  product: toOneRelationship('products'),
  purchase: Type.Optional(
    toOneRelationship('purchases', {
      description: 'For a return: what it gives back a part of.',
    }),
  ),
});

export const movementBody = {
  attributes,
  relationships,
  example: {
    data: {
      type: 'stock-movements',
      attributes: { kind: 'receipt', quantity: 10, reason: 'Delivery 4711' },
      relationships: { product: { data: { type: 'products', id: '1' } } },
    },
  },
};

export function movementRequestFrom(body: {
  readonly attributes: Static<typeof attributes>;
  readonly relationships: Static<typeof relationships>;
}): MovementRequest {
  const { kind, quantity, reason: why } = body.attributes;
  const { product, purchase } = body.relationships;
  const productId = requireProductId(product.data.id, { pointer: PRODUCT });
  return KINDS[kind].request({ productId, quantity, reason: why, purchaseId: purchase?.data.id });
}

function assertNoPurchase(purchaseId: string | undefined): void {
  if (purchaseId === undefined) return;
  throw new JsonApiError(
    protocolProblem('invalid-document', 'Only a movement of the kind "return" has a purchase.', {
      source: { pointer: '/data/relationships/purchase' },
    }),
  );
}

/** @param detail of the refusal when there is no reason */
function requireReason(why: MovementInput['reason'], detail: string): string {
  if (typeof why === 'string') return why;
  throw invalid(why === undefined ? null : 'reason', detail);
}

function invalid(attribute: string | null, detail: string): JsonApiError {
  const pointer = attribute === null ? '/data/attributes' : `/data/attributes/${attribute}`;
  return new JsonApiError(protocolProblem('invalid-attribute', detail, { source: { pointer } }));
}
