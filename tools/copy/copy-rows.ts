import { StartupError } from '@anaquel/runtime';
import {
  sql,
  type ByKind,
  type CopiedTable,
  type DatabaseCopy,
  type DatabaseKind,
  type NamedRow,
  type Row,
  type Sql,
} from '@anaquel/runtime/sql';
import { named, type CopyConnection, type Layout } from './copy-connection.ts';

/** Of migrations, of the barrier, and of SQLite itself. */
const BOOKKEEPING = /^(?:schema_|sqlite_|commit_barrier$)/;

const ROWS_A_SLICE = 1_000;

/** How far a copy is. */
export interface Progress {
  readonly table: string;
  readonly done: number;
  readonly total: number;
}

/** Waited for, while the copy goes on holding what it holds. */
export type OnProgress = (progress: Progress) => void | Promise<void>;

/**
 * What a copy between these layouts would forget: tables and columns that only one of them has, and
 * that it isn't told of. A line for each.
 */
export function forgottenParts(copy: DatabaseCopy, layouts: ByKind<Layout>): string[] {
  const kinds = ['sqlite', 'postgres'] as const;
  const copied = new Set(copy.tables.map(({ name }) => name));
  const tables = kinds.flatMap((kind) =>
    [...layouts[kind].keys()]
      .filter((name) => !BOOKKEEPING.test(name) && !copied.has(name))
      .filter((name) => !copy.uncopied[kind].includes(name))
      .map((name) => `the table ${name} of ${kind}`),
  );
  const columns = copy.tables.flatMap((table) => {
    const [ofSqlite, ofPostgres] = kinds.map((kind) => sharedColumns(table, kind, layouts[kind]));
    const difference = new Set(ofSqlite).symmetricDifference(new Set(ofPostgres));
    return [...difference].map((column) => `the column ${column} of ${table.name}`);
  });
  return [...tables, ...columns];
}

/** The columns of a table that both kinds have. */
function sharedColumns({ name, own }: CopiedTable, kind: DatabaseKind, layout: Layout): string[] {
  const all = [...(layout.get(name)?.keys() ?? [])];
  return all.filter((column) => !(column in (own?.[kind] ?? {})));
}

/**
 * Copies all that a service has into an empty database of the other kind, and gives the number of
 * rows.
 *
 * @throws StartupError when the other database is not empty, or doesn't have what was copied in the
 * end; the transaction must then be rolled back.
 */
export async function copyRows(
  copy: DatabaseCopy,
  source: CopyConnection,
  target: CopyConnection,
  onProgress: OnProgress,
): Promise<number> {
  const layouts = { from: await source.layout(), to: await target.layout() };
  const byKind = { [source.kind]: layouts.from, [target.kind]: layouts.to } as ByKind<Layout>;
  const forgotten = forgottenParts(copy, byKind);
  if (forgotten.length > 0) throw new StartupError(`Nobody said how to copy ${forgotten.join()}.`);
  await assertEmpty(copy, target);
  let rows = 0;
  for (const table of copy.tables)
    rows += await copyTable(table, { source, target, layouts, onProgress });
  for (const { read, write } of copy.numbers)
    await runAll(target, write[target.kind](await source.number(read[source.kind])));
  await runAll(target, copy.finish[target.kind]);
  for (const { name } of copy.tables) await assertSameCount(name, source, target);
  return rows;
}

async function runAll(target: CopyConnection, statements: readonly Sql[]): Promise<void> {
  for (const statement of statements) await target.run(statement);
}

const countOf = (table: string): Sql => sql`select count(*) from ${named(table)}`;

async function assertEmpty({ tables }: DatabaseCopy, target: CopyConnection): Promise<void> {
  for (const { name, isSeeded = false } of tables) {
    if (isSeeded || (await target.number(countOf(name))) === 0) continue;
    throw new StartupError(
      `There is a shop in it already: its table ${name} has rows. Only an empty one can be copied into.`,
    );
  }
}

async function assertSameCount(
  table: string,
  source: CopyConnection,
  target: CopyConnection,
): Promise<void> {
  const [there, here] = [await source.number(countOf(table)), await target.number(countOf(table))];
  if (there !== here) throw new StartupError(`Of ${there} rows of ${table}, ${here} have arrived.`);
}

interface TableWork {
  readonly source: CopyConnection;
  readonly target: CopyConnection;
  readonly layouts: { readonly from: Layout; readonly to: Layout };
  readonly onProgress: OnProgress;
}

async function copyTable(
  table: CopiedTable,
  { source, target, layouts, onProgress }: TableWork,
): Promise<number> {
  const { name, order, rowsASlice = ROWS_A_SLICE } = table;
  const total = await source.number(countOf(name));
  if (table.isSeeded === true) await target.run(sql`delete from ${named(name)}`);
  const translation = translationOf(table, source.kind, target.kind, layouts);
  const orderText = typeof order === 'string' ? order : order[source.kind];
  const query = sql`select ${named(...translation.read)} from ${named(name)}
    order by ${{ text: orderText, values: [] }}`;
  let done = 0;
  for await (const rows of source.slices(query, rowsASlice)) {
    await target.insert(name, translation.write, rows.map(translation.translate));
    done += rows.length;
    await onProgress({ table: name, done, total });
  }
  return done;
}

interface Translation {
  /** The columns that are read, and those that are written with their types. */
  readonly read: readonly string[];
  readonly write: ReadonlyMap<string, string>;
  readonly translate: (row: Row) => Row;
}

function translationOf(
  table: CopiedTable,
  from: DatabaseKind,
  to: DatabaseKind,
  layouts: TableWork['layouts'],
): Translation {
  const shared = sharedColumns(table, from, layouts.from);
  const withoutOwn = table.withoutOwn?.[from];
  const read = withoutOwn ? [...shared, ...Object.keys(table.own?.[from] ?? {})] : shared;
  const given = Object.entries(table.own?.[to] ?? {}).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  const types = layouts.to.get(table.name);
  const written = [...shared, ...given.map(([column]) => column)];
  const more = given.map(([, value]) => value);
  return {
    read,
    write: new Map(written.map((column) => [column, types?.get(column) ?? ''])),
    translate(row) {
      if (!withoutOwn) return [...row, ...more];
      const all: NamedRow = Object.fromEntries(
        read.map((name, place) => [name, row[place] ?? null]),
      );
      const bare = withoutOwn(all);
      return [...shared.map((name) => bare[name] ?? null), ...more];
    },
  };
}
