import type { Filter, ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type FilterField,
  type RowReader,
  type Sql,
} from '@anaquel/runtime/sql';
import type {
  ReservationFilterField,
  ReservationListRequest,
  ReservationSort,
} from '../../../application/ledger.ts';
import { seenAt, type Reservation } from '../../../domain/reservation.ts';
import { RESERVATION } from '../ledger-columns.ts';
import type { ListDatabase } from './list-database.ts';
import { countOfOwner, ownerCondition } from './owner-condition.ts';

const ID = sql`id`;
const RESERVATIONS = sql`reservations`;
const SORTS: Readonly<Record<ReservationSort, Sql>> = {
  createdAt: ID,
  expiresAt: sql`expires_at`,
};

export interface ReservationListContext {
  readonly owner: string | undefined;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/**
 * Lists of reservations as they are seen at a moment. Their ids are in the order in which they were
 * made.
 */
export function readReservationList(
  database: ListDatabase,
  { filters, sort, page }: ReservationListRequest,
  { owner, at }: ReservationListContext,
): Promise<ListPage<Reservation>> {
  const fields: Readonly<Record<ReservationFilterField, FilterField>> = {
    status: sql`case when status = 'active' and expires_at <= ${at} then 'expired' else status end`,
    reference: sql`reference`,
    createdAt: sql`at`,
    expiresAt: sql`expires_at`,
  };
  const active = filters.filter(isActive);
  const others = filters.filter((filter) => !isActive(filter));
  const live = sql`status = 'active' and expires_at > ${at}`;
  const reader: RowReader<Reservation> = {
    ...RESERVATION,
    read: (row, start) => seenAt(RESERVATION.read(row, start), at),
  };
  return readListPage(
    tableList({
      database,
      // Those that hold something are few among all, whoever has them.
      table: active.length > 0 ? database.activeReservations : RESERVATIONS,
      reader,
      keys: sortKeys(sort, SORTS, ID),
      positionOf: ({ id, expiresAt }) => [
        ...sort.map(({ field }) => (field === 'expiresAt' ? expiresAt : id)),
        id,
      ],
      within: [...ownerCondition(owner), ...active.map(() => live)],
      tests: others.map((filter) => filterCondition(filter, fields)),
      sliceBy: ID,
      orderedBy: sort.every(({ field }) => field === 'createdAt') ? 'slices' : 'index',
      countAll: filters.length > 0 ? null : () => countOfOwner(database.reads, RESERVATIONS, owner),
    }),
    typedPage(page, [...sort.map(() => 'string' as const), 'string']),
  );
}

function isActive({ field, operator, value }: Filter<ReservationFilterField>): boolean {
  return field === 'status' && operator === 'eq' && value === 'active';
}
