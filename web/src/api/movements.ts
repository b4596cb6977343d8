import {
  readList,
  readOne,
  pageParameters,
  readSettled,
  V1,
  type Client,
  type Options,
  type Page,
} from './client.ts';
import { reader, relatedId, resourceOf } from './documents.ts';
import type { ResourceObject, UnknownValue } from './documents.ts';

export const movementKinds = [
  'receipt',
  'adjustment',
  'count',
  'sale',
  'reservation',
  'release',
  'return',
] as const;
export type MovementKind = (typeof movementKinds)[number];

export interface Movement {
  readonly id: string;
  readonly productId: string | null;
  readonly purchaseId: string | null;
  readonly reservationId: string | null;
  readonly kind: MovementKind | UnknownValue;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  readonly reason: string | null;
  readonly actor: string;
  readonly createdAt: string;
}

export interface MovementQuery extends Page {
  readonly productId?: string;
  readonly kind?: MovementKind;
  readonly purchaseId?: string;
  /** Of any of these. */
  readonly productIds?: readonly string[];
  /** The very moment. */
  readonly createdAt?: string;
  /** At that moment or after it. */
  readonly from?: string;
  readonly actor?: string;
  readonly sort?: 'position' | '-position';
}

export type MovementInput =
  | { readonly kind: 'receipt'; readonly quantity: number; readonly reason?: string }
  | { readonly kind: 'adjustment'; readonly quantity: number; readonly reason: string }
  | {
      readonly kind: 'return';
      readonly quantity: number;
      readonly purchaseId: string;
      readonly reason?: string;
    };

function toMovement(resource: ResourceObject): Movement {
  const read = reader(resourceOf('stock-movements', resource).attributes);
  return {
    id: resource.id,
    productId: relatedId(resource, 'product'),
    purchaseId: relatedId(resource, 'purchase'),
    reservationId: relatedId(resource, 'reservation'),
    kind: read.openOneOf('kind', movementKinds),
    onHandDelta: read.number('onHandDelta'),
    reservedDelta: read.number('reservedDelta'),
    onHandAfter: read.number('onHandAfter'),
    reservedAfter: read.number('reservedAfter'),
    reason: read.textOrNull('reason'),
    actor: read.text('actor'),
    createdAt: read.text('createdAt'),
  };
}

function movementData(productId: string, input: MovementInput) {
  const { kind, quantity, reason } = input;
  const purchase =
    input.kind === 'return' ? { data: { type: 'purchases', id: input.purchaseId } } : undefined;
  return {
    type: 'stock-movements',
    attributes: { kind, quantity, ...(reason && { reason }) },
    relationships: {
      product: { data: { type: 'products', id: productId } },
      ...(purchase && { purchase }),
    },
  };
}

export function movementCalls({ ask }: Client) {
  return {
    movements: (query: MovementQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/stock-movements`,
          query: {
            ...pageParameters(query),
            'filter[product]': query.productId ?? query.productIds?.join(','),
            'filter[kind]': query.kind,
            'filter[purchase]': query.purchaseId,
            'filter[createdAt]': query.createdAt,
            'filter[createdAt][gte]': query.from,
            'filter[actor]': query.actor,
            sort: query.sort,
          },
          signal,
        },
        readList(toMovement),
      ),
    movement: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/stock-movements/${encodeURIComponent(id)}`, signal }, readOne(toMovement)),
    moveStock: (productId: string, input: MovementInput, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/stock-movements`,
          body: { data: movementData(productId, input) },
          idempotencyKey,
        },
        readSettled(toMovement),
      ),
  };
}
