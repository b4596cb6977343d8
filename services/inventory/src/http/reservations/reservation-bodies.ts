import Type from 'typebox';
import { linesSchema, referenceSchema } from '../lines.ts';

const expiresInSeconds = Type.Integer({
  minimum: 1,
  maximum: 3_600,
  description: 'How long it holds, from now on.',
});

export const newReservation = {
  attributes: Type.Object({
    lines: linesSchema,
    reference: Type.Optional(referenceSchema),
    expiresInSeconds,
  }),
  example: {
    data: {
      type: 'reservations',
      attributes: { lines: [{ productId: '1', quantity: 1 }], expiresInSeconds: 600 },
    },
  },
};

export const reservationUpdate = {
  attributes: Type.Object({
    status: Type.Optional(
      Type.Unsafe<'confirmed'>({
        type: 'string',
        enum: ['confirmed'],
        'x-expects': '"confirmed"; to release it, DELETE the reservation',
      }),
    ),
    expiresInSeconds: Type.Optional(expiresInSeconds),
  }),
  example: {
    data: {
      type: 'reservations',
      id: 'the id of a reservation of yours',
      attributes: { status: 'confirmed' },
    },
  },
};
