import {
  readOne,
  pageParameters,
  readSettled,
  V1,
  type Client,
  type Options,
  type Page,
} from './client.ts';
import { includedIn, listIn, reader, relatedId, resourceOf } from './documents.ts';
import type { ListOf, ResourceObject, UnknownValue } from './documents.ts';
import type { Answer } from './http.ts';

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
  /** The number of that purchase; null where nobody has told it. */
  readonly purchaseNumber: number | null;
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
  readonly kind?: MovementKind | undefined;
  /** What their reason has in it. */
  readonly reason?: string | undefined;
  /** What the name of who recorded them has in it. */
  readonly who?: string | undefined;
  readonly purchaseId?: string;
  /** Of any of these. */
  readonly productIds?: readonly string[];
  /** The very moment. */
  readonly createdAt?: string;
  /** The instant from which on. */
  readonly from?: string | undefined;
  /** The instant before which. */
  readonly to?: string | undefined;
  readonly actor?: string;
  readonly sort?: 'position' | '-position';
  /** Whether movements are to say the numbers of their purchases. */
  readonly withNumbers?: boolean;
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

type Numbers = ReadonlyMap<string, number | null>;

function toMovement(resource: ResourceObject, numbers: Numbers = new Map()): Movement {
  const purchaseId = relatedId(resource, 'purchase');
  const read = reader(resourceOf('stock-movements', resource).attributes);
  return {
    id: resource.id,
    productId: relatedId(resource, 'product'),
    purchaseId,
    purchaseNumber: (purchaseId && numbers.get(purchaseId)) || null,
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

const oneMovement = (resource: ResourceObject) => toMovement(resource);

/** Movements with the numbers of their purchases, which come beside them. */
function movementsIn({ document }: Answer): ListOf<Movement> {
  const numbers: Numbers = new Map(
    includedIn(document, 'purchases').map(({ id, attributes }) => [
      id,
      reader(attributes).numberOrNull('number'),
    ]),
  );
  return listIn(document, (resource) => toMovement(resource, numbers));
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
            'filter[from]': query.from,
            'filter[to]': query.to,
            'filter[reason][contains]': query.reason,
            'filter[actor][contains]': query.who,
            'filter[actor]': query.actor,
            sort: query.sort,
            ...(query.withNumbers && { include: 'purchase', 'fields[purchases]': 'number' }),
          },
          signal,
        },
        movementsIn,
      ),
    movement: (id: string, { signal }: Options = {}) =>
      ask(
        { path: `${V1}/stock-movements/${encodeURIComponent(id)}`, signal },
        readOne(oneMovement),
      ),
    moveStock: (productId: string, input: MovementInput, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/stock-movements`,
          body: { data: movementData(productId, input) },
          idempotencyKey,
        },
        readSettled(oneMovement),
      ),
  };
}
