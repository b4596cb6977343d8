import { oneOf, orNull, text, timestamp, type ListRequest } from '@anaquel/jsonapi';
import type { ReservationFilterField, ReservationSort } from '../../application/ledger.ts';
import { RESERVATION_STATUSES } from '../../domain/reservation.ts';
import { declareList } from '../lists.ts';

export type ReservationListRequest = ListRequest<ReservationFilterField, ReservationSort>;

export const reservationList = declareList<ReservationFilterField, ReservationSort>({
  filters: {
    status: oneOf(RESERVATION_STATUSES),
    reference: orNull(text(200)),
    createdAt: timestamp(),
    expiresAt: timestamp(),
  },
  sorts: ['createdAt', 'expiresAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
