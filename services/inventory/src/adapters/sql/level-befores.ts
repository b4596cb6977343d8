import { column, joinSql, rowCodec, select, sql, type SqlReads } from '@anaquel/runtime/sql';
import { MAIN_LOCATION } from '../../domain/level.ts';
import type { LevelBefore } from '../../domain/level-summary.ts';
import { latestUpTo } from './level-pasts.ts';

const BEFORE = rowCodec<LevelBefore>({
  instant: column('instant'),
  sequence: column('sequence'),
  onHand: column('on_hand'),
  reserved: column('reserved'),
});

/** Reads a level before each of at most 101 instants, by halving: it costs as much as these. */
export async function levelBefores(
  reads: SqlReads,
  productId: number,
  instants: readonly string[],
): Promise<LevelBefore[]> {
  if (instants.length === 0) return [];
  const wanted = instants.map(
    (instant) => sql`select cast(${productId} as bigint) as product_id,
      cast(${MAIN_LOCATION} as text) as location, cast(${justBefore(instant)} as text) as instant`,
  );
  const befores = await reads.all(select(BEFORE)`from (
    with recursive ${latestUpTo(sql`(${joinSql(wanted, ' union all ')}) as instants`)}
    select s.instant, s.sequence, coalesce(m.on_hand_after, 0) as on_hand,
      coalesce(m.reserved_after, 0) as reserved
    from search s left join movements m on m.product_id = s.product_id
      and m.location = s.location and m.sequence = s.sequence
    where s.step = 0
  ) as befores`);
  const byInstant = new Map(befores.map((before) => [before.instant, before]));
  return instants.flatMap((instant) => {
    const before = byInstant.get(justBefore(instant));
    return before ? [{ ...before, instant }] : [];
  });
}

/** Movements are recorded to the millisecond. */
function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}
