import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import { majorUnits } from '@anaquel/money';
import {
  RESERVATION_STATUSES,
  type Reservation,
  type ReservationStatus,
} from '../../domain/reservation.ts';
import { pricedLine, pricedLineSchema } from '../lines.ts';
import { addressOf, type LinkBasesOf } from '../link-bases.ts';
import type { Relationships } from '../relationships.ts';

const attributes = Type.Object({
  status: Type.Unsafe<ReservationStatus>({ type: 'string', enum: [...RESERVATION_STATUSES] }),
  reference: nullable(Type.String()),
  lines: Type.Array(pricedLineSchema),
  total: Type.Number(),
  currency: Type.String(),
  expiresAt: Type.String({
    format: 'date-time',
    description: 'From this instant on it holds nothing.',
  }),
  createdAt: Type.String({ format: 'date-time' }),
});

export function reservationResource({
  linkBases,
  relationships: { productsOf, purchaseOf },
}: {
  readonly linkBases: LinkBasesOf;
  readonly relationships: Relationships;
}) {
  return declareResource({
    type: 'reservations',
    attributes,
    id: ({ id }) => id,
    view(reservation: Reservation) {
      const { status, reference, lines, currency, currencyDecimals, total, expiresAt, at } =
        reservation;
      return {
        status,
        reference,
        lines: lines.map((line) => pricedLine(line, currencyDecimals)),
        total: majorUnits(total, currencyDecimals),
        currency,
        expiresAt,
        createdAt: at,
      };
    },
    self: ({ id }, request) => addressOf(linkBases, 'reservations', id, request),
    relationships: {
      products: productsOf(({ lines }: Reservation) => lines),
      purchase: purchaseOf(({ purchaseId }: Reservation) => purchaseId),
    },
  });
}
