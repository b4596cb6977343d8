import { joinSql, MAX_COUNTED, sql, type Sql, type SqlReads } from '@anaquel/runtime/sql';
import {
  byStatus,
  MAX_FEW,
  together,
  type MeasurableNarrowing,
  type Narrowing,
} from './narrowings.ts';
import type { ProductSql } from './product-sql.ts';

/** Even of a small catalogue. */
const MIN_FEW = 64;

/**
 * By so many products it is estimated how many an index leads to. A prime number: their ids are not
 * all round numbers, which SKUs and names may follow.
 */
const SAMPLE = 127;

/** Comparing no more than so many is as quick. */
const SAMPLED_FROM = 1_000;

/**
 * What it costs to find a product by its id, and to read an entry of an index: so many times as
 * much as comparing the next product.
 */
const PROBE_COST = 1.5;
const ENTRY_COST = 0.5;

/** Indexes are gone through together whose entries are at most so many times as many. */
const TOGETHER = 4;

/** Of entries: the first ones lead to fewer different products, and estimates err. */
const MARGIN = 2.5;

/** The index by which the products of a list are met. */
export interface Way {
  readonly narrowing: Narrowing;
  /** Whether the list has {@link MAX_FEW} products at most, or more, as far as that is known. */
  readonly size: 'few' | 'many' | 'unknown';
  /** How many entries it has; at most 1,001 are counted where they need not be estimated. */
  readonly entries: number;
  /** How many of them should be enough to count the list; null where it takes all. */
  readonly enough: number | null;
}

/** The conditions of a list. */
export interface Wanted {
  readonly narrowings: readonly MeasurableNarrowing[];
  /** That of its one status. */
  readonly ofStatus: Sql;
  /** All others. */
  readonly tests: Sql;
}

interface Measured {
  readonly narrowing: Narrowing;
  readonly entries: number;
}

interface Catalogue {
  readonly products: number;
  readonly ofStatus: number;
  readonly lastId: number;
  /** Whether the table of words has the words of all products. */
  readonly isInStep: boolean;
}

/**
 * The way on which the fewest products are met. The first entries of each index tell whether it is
 * a short one; if none is, some products tell how many each leads to.
 *
 * @returns null where comparing all products costs least
 */
export async function shortestWay(
  wanted: Wanted,
  { reads, dialect }: { reads: SqlReads; dialect: ProductSql },
): Promise<Way | null> {
  const { catalogue, measured } = await measure(reads, wanted);
  const { products, ofStatus } = catalogue;
  const ways = measured.filter(({ narrowing: { isByWords } }) => !isByWords || catalogue.isInStep);
  if (ofStatus < products / 2)
    ways.push({ narrowing: byStatus(wanted.ofStatus), entries: ofStatus });
  const [shortest] = ways.toSorted((a, b) => a.entries - b.entries);
  if (shortest === undefined) return null;
  const few = Math.min(MAX_FEW, Math.max(MIN_FEW, products / (ENTRY_COST + PROBE_COST)));
  if (shortest.entries <= few) return { ...shortest, size: 'few', enough: null };
  const exact = ways.find(({ narrowing, entries }) => narrowing.isExact && entries > MAX_COUNTED);
  if (exact) return { ...exact, size: 'many', enough: null };
  if (products <= SAMPLED_FROM) return null;
  const sample = await takeSample(wanted, { catalogue, ways }, { reads, dialect });
  return cheapestWay(catalogue, ways, sample);
}

/** Counts the catalogue, and up to one entry of each index more than a short one has. */
async function measure(reads: SqlReads, { narrowings, ofStatus }: Wanted) {
  const [row = []] = await reads.rows(
    sql`select ${joinSql(
      [
        // PostgreSQL takes the condition for true of almost all products, so it would answer
        // `exists` by reading the whole table: the least id is found in the index of these, which
        // is usually empty.
        sql`(select min(id) from products where folded_version <> version and deleted_at is null)`,
        sql`sum(products)`,
        sql`sum(case when ${ofStatus} then products else 0 end)`,
        sql`(select max(id) from products)`,
        ...narrowings.map(({ size }) => sql`(${size})`),
      ],
      ', ',
    )} from product_counts`,
  );
  const [stale = null, products, inStatus, lastId, ...entries] = row;
  const catalogue: Catalogue = {
    products: Number(products),
    ofStatus: Number(inStatus),
    lastId: Number(lastId),
    isInStep: stale === null,
  };
  const measured = narrowings.map((narrowing, place): Measured => {
    return { narrowing, entries: Number(entries[place]) };
  });
  return { catalogue, measured };
}

interface Sample {
  /** Which part of the products is in the list. */
  readonly density: number;
  /** Which part each index leads to. */
  readonly parts: readonly number[];
}

/** Some products from all over the catalogue: new ones differ from old ones. */
async function takeSample(
  { ofStatus, tests }: Wanted,
  { catalogue: { lastId }, ways }: { catalogue: Catalogue; ways: readonly Measured[] },
  { reads, dialect }: { reads: SqlReads; dialect: ProductSql },
): Promise<Sample> {
  const counts = [tests, ...ways.map(({ narrowing }) => narrowing.condition)].map(
    (condition) => sql`count(*) filter (where ${condition})`,
  );
  const places = Array.from({ length: SAMPLE }, (_, place) =>
    Math.floor((place * lastId) / SAMPLE),
  );
  const next = sql`select id from products
    where deleted_at is null and ${ofStatus} and id >= places.found order by id limit 1`;
  const sampled = sql`select (${next}) as found from (${dialect.listed(places)}) as places`;
  const [row = []] = await reads.rows(
    sql`select count(*), ${joinSql(counts, ', ')} from products where ${dialect.isAmong(sampled)}`,
  );
  const [all = 0, ...met] = row.map(Number);
  const [density = 0, ...parts] = met.map((count) => count / Math.max(all, 1));
  return { density, parts };
}

/**
 * One index, or several together; null if comparing all products until the list is counted takes
 * less than going through them until then.
 */
function cheapestWay(
  { products, ofStatus }: Catalogue,
  ways: readonly Measured[],
  { density, parts }: Sample,
): Way | null {
  const estimated = ways
    .map((way, index) => {
      const all = way.narrowing.isWithinStatus ? ofStatus : products;
      return { ...way, entries: Math.max((parts[index] ?? 0) * all, way.entries) };
    })
    .sort((a, b) => a.entries - b.entries);
  const [first] = estimated;
  if (first === undefined) return null;
  const short = estimated.filter(({ entries }) => entries <= TOGETHER * first.entries);
  const entries = short.reduce((sum, way) => sum + way.entries, 0);
  const matching = density * ofStatus;
  // What is counted of all that match.
  const counted = Math.min(1, (MAX_COUNTED + 1) / matching);
  const costOfEvery = products * counted;
  const costOfOne = first.entries * (ENTRY_COST + PROBE_COST) * counted;
  const costOfShort = entries * ENTRY_COST + matching * counted * PROBE_COST;
  const isTogether = short.length > 1 && costOfShort < costOfOne;
  if ((isTogether ? costOfShort : costOfOne) >= costOfEvery) return null;
  const enough = Math.ceil(first.entries * counted * MARGIN);
  return {
    narrowing: isTogether ? together(short.map(({ narrowing }) => narrowing)) : first.narrowing,
    size: 'unknown',
    entries: isTogether ? entries : first.entries,
    enough: isTogether || enough >= first.entries ? null : enough,
  };
}
