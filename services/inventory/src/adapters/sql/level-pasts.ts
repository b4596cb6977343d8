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
 * What levels have moved since some instants, one row for each of `wanted (product_id, location,
 * instant)`. Sequences have no gaps, and the instants of a level's movements follow them: so the
 * last movement up to an instant is found by halving. Counts have an index of their own, because
 * what they brought is no movement of units.
 */
export function pastReadings(wanted: Sql): Query<PastReading> {
  return select(READING)`from (
    with recursive wanted as (select product_id, location, instant from ${wanted}),
    search (product_id, location, instant, low, high) as (
      select w.product_id, w.location, w.instant, cast(0 as bigint), coalesce(l.sequence, 0)
      from wanted w left join levels l on l.product_id = w.product_id and l.location = w.location
      union all
      select s.product_id, s.location, s.instant,
        case when m.at <= s.instant then m.sequence else s.low end,
        case when m.at <= s.instant then s.high else m.sequence - 1 end
      from search s join movements m on m.product_id = s.product_id and m.location = s.location
        and m.sequence = ((s.low + s.high + 1) >> 1)
      where s.low < s.high
    )
    select s.product_id, s.location, s.instant,
      ${onHandNow} - coalesce(${balance(sql`s.low`)}, 0) - ${correctedSince} as moved,
      ${latestCount} as counted
    from search s where s.low = s.high
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
  where ${OF_LEVEL} and of_level.kind = 'count' and of_level.sequence > s.low), 0)`;

const latestCount = sql`(select coalesce(counted_at, at) from movements of_level
  where ${OF_LEVEL} and of_level.kind = 'count' order by of_level.sequence desc limit 1)`;
