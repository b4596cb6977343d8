import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  type FilterField,
  type Sql,
} from '@anaquel/runtime/sql';
import type {
  ReservationFilterField,
  ReservationListRequest,
  ReservationSort,
} from '../../../application/ledger.ts';
import { seenAt, type Reservation } from '../../../domain/reservation.ts';
import { sqliteList } from './list.ts';
import { RESERVATION_COLUMNS, reservationFrom } from '../rows.ts';
import { countOwned, ownedBy, type RunStatement } from '../statements.ts';

const ID = sql`id`;
const RESERVATIONS = sql`reservations`;
/** Those that hold something are few among all, whoever has them. */
const ACTIVE = sql`reservations INDEXED BY reservations_active`;
const COLUMNS: Sql = { text: RESERVATION_COLUMNS, values: [] };
const SORTS: Readonly<Record<ReservationSort, Sql>> = {
  createdAt: ID,
  expiresAt: sql`expires_at`,
};

/**
 * Lists of reservations as they are seen at a moment. Their ids are in the order in which they were
 * made.
 */
export function readReservationList(
  run: RunStatement,
  { filters, sort, page }: ReservationListRequest,
  { owner, at }: { readonly owner: string | undefined; readonly at: string },
): Promise<ListPage<Reservation>> {
  const fields: Readonly<Record<ReservationFilterField, FilterField>> = {
    status: sql`CASE WHEN status = 'active' AND expires_at <= ${at} THEN 'expired' ELSE status END`,
    reference: sql`reference`,
    createdAt: sql`at`,
    expiresAt: sql`expires_at`,
  };
  const active = filters.filter(isActive);
  const others = filters.filter((filter) => !isActive(filter));
  const live = sql`status = 'active' AND expires_at > ${at}`;
  return readListPage(
    sqliteList(run, {
      table: active.length > 0 ? ACTIVE : RESERVATIONS,
      columns: COLUMNS,
      read: (row) => seenAt(reservationFrom(row), at),
      keys: sortKeys(sort, SORTS, ID),
      positionOf: ({ id, expiresAt }) => [
        ...sort.map(({ field }) => (field === 'expiresAt' ? expiresAt : id)),
        id,
      ],
      within: [...ownedBy(owner), ...active.map(() => live)],
      tests: others.map((filter) => filterCondition(filter, fields)),
      sliceBy: ID,
      orderedBy: sort.every(({ field }) => field === 'createdAt') ? 'slices' : 'index',
      countAll: filters.length > 0 ? null : () => countOwned(run, RESERVATIONS, owner),
    }),
    page,
  );
}

function isActive({ field, operator, value }: Filter<ReservationFilterField>): boolean {
  return field === 'status' && operator === 'eq' && value === 'active';
}
