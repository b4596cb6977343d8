import type { SqlPart } from '@anaquel/runtime/sql';
import { sql } from 'kysely';
import type { CompiledQuery, Kysely } from 'kysely';
import type { ProductsDatabase } from './sql-schema.ts';

/** Runs a query and gives its rows. */
export type RunSql = <Row>(query: SqlPart) => Promise<readonly Row[]>;

/** Building a query takes longer than running it, and clients send few kinds. */
const MAX_KEPT_QUERIES = 128;

/**
 * Keeps what Kysely makes of a text, which is the same for all queries that differ in values only.
 */
export function createSqlRunner(db: Kysely<ProductsDatabase>): RunSql {
  const kept = new Map<string, CompiledQuery>();

  function compiled(text: string): CompiledQuery {
    const known = kept.get(text);
    if (known !== undefined) return known;
    // A parameter between each two pieces, as the database has them.
    const pieces = text.split('?').map((piece) => sql.raw(piece));
    const built = sql.join(pieces, sql`${0}`).compile(db);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT_QUERIES && oldest !== undefined) kept.delete(oldest);
    kept.set(text, built);
    return built;
  }

  return async <Row>({ text, values }: SqlPart) => {
    const query = { ...compiled(text), parameters: values } as CompiledQuery<Row>;
    const { rows } = await db.executeQuery(query);
    return rows;
  };
}
