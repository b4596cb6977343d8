import { declareList, oneOf, orNull, text, timestamp, type KindsFor } from '@anaquel/jsonapi';
import type { ReservationFilters } from '../../application/ledger.ts';
import { RESERVATION_STATUSES } from '../../domain/reservation.ts';

export const reservationList = declareList({
  filters: {
    status: oneOf(RESERVATION_STATUSES),
    reference: orNull(text(200)),
    createdAt: timestamp(),
    expiresAt: timestamp(),
  } satisfies KindsFor<ReservationFilters>,
  sorts: ['createdAt', 'expiresAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
