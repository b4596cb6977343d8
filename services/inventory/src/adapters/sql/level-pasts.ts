import { column, rowCodec, select, sql, type Query, type Sql } from '@anaquel/runtime/sql';
import type { PastReading } from '../../domain/level-past.ts';

const READING = rowCodec<PastReading>({
  productId: column('product_id'),
  location: column('location'),
  instant: column('instant'),
  moved: column('moved'),
  counted: column('counted'),
});

/**
 * Looks for the last sequence up to an instant, 0 where there is none, by steps that are halved: it
 * is in the row of `search` whose `step` is 0, one for each of `wanted (product_id, location,
 * instant)`. Sequences have no gaps, and the instants of a level's movements follow them. Each step
 * looks up one movement, whichever plan a planner makes, and no level has 2³² of them.
 */
export function latestUpTo(wanted: Sql): Sql {
  return sql`search (product_id, location, instant, sequence, step) as (
      select product_id, location, instant, cast(0 as bigint), cast(2147483648 as bigint)
      from ${wanted}
      union all
      select s.product_id, s.location, s.instant,
        s.sequence + case when (select m.at from movements m where m.product_id = s.product_id
          and m.location = s.location and m.sequence = s.sequence + s.step) <= s.instant
          then s.step else 0 end,
        s.step >> 1
      from search s where s.step > 0
    )`;
}

/**
 * What levels have moved since some instants, one row for each of `wanted (product_id, location,
 * instant)`. Counts have an index of their own, because what they brought is no movement of units.
 */
export function pastReadings(wanted: Sql): Query<PastReading> {
  return select(READING)`from (
    with recursive ${latestUpTo(wanted)}
    select s.product_id, s.location, s.instant,
      ${onHandNow} - coalesce(${balance(sql`s.sequence`)}, 0) - ${correctedSince} as moved,
      ${latestCount} as counted
    from search s where s.step = 0
  ) as readings`;
}

const OF_LEVEL = sql`of_level.product_id = s.product_id and of_level.location = s.location`;

/** The units on hand after the movement with a sequence. */
function balance(sequence: Sql): Sql {
  return sql`(select on_hand_after from movements of_level
    where ${OF_LEVEL} and of_level.sequence = ${sequence})`;
}

const onHandNow = sql`coalesce((select on_hand from levels of_level where ${OF_LEVEL}), 0)`;

const correctedSince = sql`coalesce((select sum(on_hand_delta) from movements of_level
  where ${OF_LEVEL} and of_level.kind = 'count' and of_level.sequence > s.sequence), 0)`;

const latestCount = sql`(select coalesce(counted_at, at) from movements of_level
  where ${OF_LEVEL} and of_level.kind = 'count' order by of_level.sequence desc limit 1)`;
