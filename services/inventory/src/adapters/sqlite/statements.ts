import type { DatabaseSync } from 'node:sqlite';
import { sql, type Sql } from '@anaquel/runtime/sql';
import { prepareRows, type Row, type RowStatement } from './rows.ts';

/**
 * Preparing a statement takes longer than finding a page of rows, and clients send few kinds of
 * lists.
 */
const MAX_KEPT_STATEMENTS = 128;

/** Runs statements that are put together for a request, and keeps them by their text. */
export type RunStatement = (statement: Sql) => Row[];

export function createStatements(database: DatabaseSync): RunStatement {
  const kept = new Map<string, RowStatement>();
  return ({ text, values }) => {
    let statement = kept.get(text);
    if (statement === undefined) {
      statement = prepareRows(database, text);
      const [oldest] = kept.keys();
      if (kept.size >= MAX_KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
      kept.set(text, statement);
    }
    return statement.all(...values);
  };
}

/** The one number that a statement gives. */
export function numberOf([row]: readonly Row[]): number {
  return row?.[0] as number;
}

/** What belongs to one caller, or to all. */
export function ownedBy(owner: string | undefined): Sql[] {
  return owner === undefined ? [] : [sql`owner = ${owner}`];
}

export function countOwned(run: RunStatement, table: Sql, owner: string | undefined): number {
  const all = sql`SELECT count(*) FROM ${table}`;
  return numberOf(run(owner === undefined ? all : sql`${all} WHERE owner = ${owner}`));
}
