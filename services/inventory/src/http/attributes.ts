import { nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import { MAX_ON_HAND } from '../domain/level.ts';
import { MOVEMENT_KINDS } from '../domain/movement.ts';
import { RESERVATION_STATUSES } from '../domain/reservation.ts';
import { boughtLineSchema, pricedLineSchema } from './lines.ts';

/** The attributes of every resource as they are answered. */

const dateTime = Type.String({ format: 'date-time' });

export const onHand = Type.Integer({
  minimum: 0,
  maximum: MAX_ON_HAND,
  description: 'Units physically there.',
});
export const lowStockThreshold = nullable(
  Type.Integer({
    minimum: 0,
    maximum: MAX_ON_HAND,
    description: 'At or below it the stock counts as low; null turns that off.',
  }),
);

export const inventoryAttributes = Type.Object({
  onHand,
  reserved: Type.Integer({ description: 'Units promised to live reservations.' }),
  available: Type.Integer({ description: 'What can be sold: on hand, less reserved.' }),
  lowStockThreshold,
  version: Type.Integer({
    description: 'Grows with every change. In quotes it is the ETag, so a list tells it too.',
  }),
  updatedAt: dateTime,
});

export const reason = nullable(
  Type.String({
    minLength: 1,
    maxLength: 500,
    'x-text': 'note',
    'x-expects': 'text of 1 to 500 characters that shows something, or null',
  }),
);
const balance = Type.Integer({ minimum: 0 });

export const movementAttributes = Type.Object({
  kind: Type.Unsafe<string>({ type: 'string', enum: [...MOVEMENT_KINDS] }),
  quantity: Type.Integer({ description: 'What it did to the units on hand.' }),
  position: Type.Integer({ description: 'Its place in the whole log, without gaps.' }),
  sequence: Type.Integer({
    description: "Its place among the product's own movements, without gaps.",
  }),
  onHandDelta: Type.Integer(),
  reservedDelta: Type.Integer(),
  onHandAfter: balance,
  reservedAfter: balance,
  reason,
  actor: Type.String({ description: 'Who did it.' }),
  createdAt: dateTime,
});

export const purchaseAttributes = Type.Object({
  reference: nullable(Type.String()),
  lines: Type.Array(boughtLineSchema),
  total: Type.Number(),
  currency: Type.String(),
  createdAt: dateTime,
});

export const reservationAttributes = Type.Object({
  status: Type.Unsafe<string>({ type: 'string', enum: [...RESERVATION_STATUSES] }),
  reference: nullable(Type.String()),
  lines: Type.Array(pricedLineSchema),
  total: Type.Number(),
  currency: Type.String(),
  expiresAt: Type.String({
    format: 'date-time',
    description: 'From this instant on it holds nothing.',
  }),
  createdAt: dateTime,
});

export const productAttributes = Type.Object({
  sku: nullable(Type.String()),
  name: Type.String(),
  description: nullable(Type.String()),
  price: Type.Number({ description: 'In major units of the currency.' }),
  currency: Type.String(),
  status: Type.String(),
  imageUrl: nullable(Type.String()),
  tags: Type.Array(Type.String()),
  createdAt: dateTime,
  updatedAt: dateTime,
});
