import { column, joinSql, rowCodec, sql, type RowCodec, type Sql } from '@anaquel/runtime/sql';
import type { Hold } from '../../domain/audit-reservations.ts';
import type { Decisions } from '../../domain/decide.ts';
import { holdingsOf, type Reservation } from '../../domain/reservation.ts';
import { levelKey } from '../../domain/level.ts';
import type { LedgerState } from '../../domain/working-state.ts';
import {
  HOLD,
  LEVEL,
  LEVEL_BALANCES,
  MOVEMENT,
  PLACED_PURCHASE,
  RESERVATION,
  RESERVATION_END,
} from '../sql/ledger-columns.ts';
import { recordColumns, type StoredRecord } from '../sql/stored-record.ts';
import { purchaseRows, recordRows } from '../sql/saved-records.ts';
import { rowsOf } from './row-arrays.ts';

/**
 * The statements that save what was decided on a batch, to be sent together with COMMIT; none when
 * nothing changed. `state` is what was loaded for it.
 *
 * What has locks already comes first. Then the head of the log is locked, until the commit: writers
 * pass it one after the other, so that positions are given out in commit order and without gaps.
 * So do those that add nothing to the log: whoever holds the head holds every change.
 */
export function saveStatements(decisions: Decisions, state: LedgerState): Sql[] {
  const { movements, records } = decisions;
  const statements = [...saveLevels(decisions, state), ...saveReservations(decisions, state)];
  if (statements.length > 0 || movements.length > 0 || records.length > 0)
    statements.push(sql`select position from log_head for update`);
  if (movements.length > 0 || records.length > 0) statements.push(appendToLog(decisions));
  return statements;
}

function saveLevels({ levels }: Decisions, state: LedgerState): Sql[] {
  const isKnown = (level: (typeof levels)[number]) =>
    state.levels.has(levelKey(level.productId, level.location));
  const changed = levels.filter(isKnown);
  const added = levels.filter((level) => !isKnown(level));
  const statements: Sql[] = [];
  if (changed.length > 0)
    statements.push(sql`update levels l set ${assignments(LEVEL_BALANCES, 'changed')}
      from ${rowsOf(LEVEL, changed, 'changed')}
      where l.product_id = changed.product_id and l.location = changed.location`);
  // An upsert would overwrite the first stock that another writer recorded meanwhile.
  if (added.length > 0)
    statements.push(sql`insert into levels (${LEVEL.columns}) select ${LEVEL.columns}
      from ${rowsOf(LEVEL, added, 'added')} order by product_id, location`);
  return statements;
}

function saveReservations({ reservations }: Decisions, state: LedgerState): Sql[] {
  const changed = reservations.filter(({ id }) => state.reservations.has(id));
  const added = reservations.filter(({ id }) => !state.reservations.has(id));
  const before = holdsOf(changed.flatMap(({ id }) => state.reservations.get(id) ?? []));
  const after = holdsOf(reservations);
  const [ended, begun] = [without(before, after), without(after, before)];
  const statements: Sql[] = [];
  if (changed.length > 0)
    statements.push(sql`update reservations r set ${assignments(RESERVATION_END, 'changed')}
      from ${rowsOf(RESERVATION, changed, 'changed')} where r.id = changed.id`);
  if (added.length > 0)
    statements.push(sql`insert into reservations (${RESERVATION.columns})
      select ${RESERVATION.columns} from ${rowsOf(RESERVATION, added, 'added')} order by id`);
  if (ended.length > 0)
    statements.push(sql`delete from holds h using ${rowsOf(HOLD, ended, 'ended')}
      where h.product_id = ended.product_id and h.location = ended.location
      and h.expires_at = ended.expires_at and h.reservation_id = ended.reservation_id`);
  if (begun.length > 0)
    statements.push(sql`insert into holds (${HOLD.columns})
      select ${HOLD.columns} from ${rowsOf(HOLD, begun, 'begun')}`);
  return statements;
}

/** Only active reservations hold anything. By the key of the row. */
function holdsOf(reservations: readonly Reservation[]): Map<string, Hold> {
  const holds = reservations
    .filter(({ status }) => status === 'active')
    .flatMap(({ id: reservationId, lines, expiresAt }) =>
      [...holdingsOf(lines)].map(([key, holding]): [string, Hold] => [
        `${key} ${expiresAt} ${reservationId}`,
        { ...holding, reservationId, expiresAt },
      ]),
    );
  return new Map(holds);
}

function without(holds: ReadonlyMap<string, Hold>, others: ReadonlyMap<string, Hold>): Hold[] {
  return [...holds].filter(([key]) => !others.has(key)).map(([, hold]) => hold);
}

/** What follows SET, so that a row takes the values of `alias`. */
function assignments<Item>(codec: RowCodec<Item>, alias: string): Sql {
  const names = codec.columns.text.split(', ');
  return { text: names.map((name) => `${name} = ${alias}.${name}`).join(', '), values: [] };
}

/** Rows on their way to their table: for a statement that gives the batch its place in the log. */
interface Placing {
  /** They are `new_…`, with positions and numbers that count from the start of the batch. */
  readonly rows: Sql;
  /** Whether a row of the table has the key of one of them. */
  readonly clash: Sql;
  /** Inserts them, with their positions in the log. */
  readonly insert: Sql;
}

/**
 * Gives the batch its place in the log, and gives back after which position and number. A statement
 * of its own, after the one that waited for the head: so it sees the records that were committed
 * meanwhile, and fails when one of them has a key of this batch. The records of a scope are of one
 * operation, so either purchases keep all of them or none.
 */
function appendToLog({ movements, purchases, records }: Decisions): Sql {
  const placings = [
    ...placing('movements', MOVEMENT, movements, NO_CLASH),
    ...placing('purchases', PLACED_PURCHASE, purchaseRows(purchases, records), PURCHASE_CLASH),
    ...placing('idempotency_records', PLACED_RECORD, placedRecords(records), RECORD_CLASH),
  ];
  return sql`with ${joinSql(
    placings.map(({ rows }) => rows),
    ', ',
  )},
    head as (update log_head set position = position + ${movements.length},
      number = number + ${purchases.length},
      clash = ${joinSql(
        placings.map(({ clash }) => clash),
        ' or ',
      )}
      returning position - ${movements.length} as base, number - ${purchases.length} as base_number),
    ${joinSql(
      placings.map(({ insert }) => insert),
      ', ',
    )}
    select base, base_number from head`;
}

/** The positions in its outcome count from `base`. */
const PLACED_RECORD = rowCodec<StoredRecord & { readonly base: number }>({
  ...recordColumns,
  base: column('base'),
});

function placedRecords(records: Decisions['records']) {
  return recordRows(records).map((record) => ({ ...record, base: 0 }));
}

const NO_CLASH = sql`false`;
// One key after the other, each by its index, as in `readRecords`.
const PURCHASE_CLASH = sql`exists (select 1 from new_purchases n cross join lateral (
  select 1 from purchases where key_hash = n.key_hash and idempotency_scope = n.idempotency_scope
  and idempotency_key = n.idempotency_key limit 1) as known)`;
const RECORD_CLASH = sql`exists (select 1 from new_idempotency_records n cross join lateral (
  select 1 from idempotency_records where key = n.key and scope = n.scope limit 1) as known)`;

const POSITIONS = new Set(['position', 'first_position', 'last_position', 'base']);

/** Nothing when there are no such rows. */
function placing<Item>(
  table: string,
  codec: RowCodec<Item>,
  items: readonly Item[],
  clash: Sql,
): Placing[] {
  if (items.length === 0) return [];
  const { text: columns } = codec.columns;
  const places = columns.split(', ').map((name) => {
    const value = `added.${name}`;
    if (name === 'number') return `head.base_number + ${value}`;
    return POSITIONS.has(name) ? `head.base + ${value}` : value;
  });
  const rows = rowsOf(codec, items, 'rows');
  return [
    {
      rows: { text: `new_${table} as (select * from ${rows.text})`, values: rows.values },
      clash,
      insert: {
        text: `placed_${table} as (insert into ${table} (${columns}) select ${places.join(', ')}
          from head, new_${table} as added)`,
        values: [],
      },
    },
  ];
}
