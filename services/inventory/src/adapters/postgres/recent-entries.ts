import { sql, type SqlReads } from '@anaquel/runtime/sql';
import type { LogEntry } from '../../application/ledger.ts';
import type { Decisions } from '../../domain/decide.ts';
import type { LogBase } from '../../domain/placed-outcome.ts';
import { readEntries } from './ledger-reader.ts';

/** As many as a busy ledger adds until the relay reads again, and more. */
const MOST_ENTRIES = 1_000;

/**
 * The latest entries of the log that this process added, so that its relay need not read back what
 * was just written. They are what the database gives; where other replicas wrote between, they
 * begin anew.
 */
export interface RecentEntries {
  /** To be called with each batch once it is committed. */
  add(decisions: Decisions, base: LogBase): void;
  /** At most `limit` entries after a position; null when only the database knows them. */
  after(position: number, limit: number): readonly LogEntry[] | null;
}

export function createRecentEntries(): RecentEntries {
  let entries: LogEntry[] = [];
  const firstPosition = (): number => entries[0]?.movement.position ?? 0;

  return {
    add(decisions, base) {
      // What a reservation was like is left to the database.
      const added = decisions.reservations.length > 0 ? [] : entriesOf(decisions, base);
      if (added.length === 0) return;
      const isNext = base.position === firstPosition() + entries.length - 1;
      entries = isNext ? [...entries, ...added].slice(-MOST_ENTRIES) : added.slice(-MOST_ENTRIES);
    },
    after(position, limit) {
      const begin = position + 1 - firstPosition();
      if (begin < 0 || begin >= entries.length) return null;
      return entries.slice(begin, begin + limit);
    },
  };
}

function entriesOf({ movements, purchases }: Decisions, base: LogBase): LogEntry[] {
  const purchasesByEnd = new Map(
    purchases.map(({ purchase, lastPosition }) => [lastPosition, purchase]),
  );
  return movements.map((movement) => {
    const purchase = purchasesByEnd.get(movement.position);
    const completes = purchase ? { ...purchase, number: purchase.number + base.number } : null;
    const placed = { ...movement, position: movement.position + base.position };
    return { movement: placed, completes, reserved: null };
  });
}

/**
 * At most `limit` entries of the log after a position: the recent ones where they are next, and
 * where the log has the last of them, and so all. A standby that takes over may lack some, if it
 * was none that commits wait for.
 */
export async function readNextEntries(
  reads: SqlReads,
  recentEntries: Pick<RecentEntries, 'after'>,
  position: number,
  limit: number,
): Promise<readonly LogEntry[]> {
  const recent = recentEntries.after(position, limit);
  const last = recent?.at(-1);
  return recent && last && (await isInLog(reads, last))
    ? recent
    : readEntries(reads, position, limit);
}

async function isInLog(reads: SqlReads, { movement }: LogEntry): Promise<boolean> {
  const { position, productId, location, sequence, at, purchaseId } = movement;
  const rows = await reads.rows(sql`select 1 from movements where position = ${position}
    and product_id = ${productId} and location = ${location} and sequence = ${sequence}
    and at = ${at} and coalesce(purchase_id, '') = ${purchaseId ?? ''}`);
  return rows.length > 0;
}
