import { createPostgres } from '@anaquel/runtime/postgres';
import { PATIENT } from '@anaquel/runtime/postgres-server';
import {
  createSqliteConnection,
  openSqlite,
  type Eventual,
  type Sql,
  type SqlReads,
} from '@anaquel/runtime/sql';
import { postgresProductSql } from '../src/adapters/postgres/product-sql.ts';
import type { ProductSql } from '../src/adapters/sql/product-sql.ts';
import { sqliteProductSql } from '../src/adapters/sqlite/product-sql.ts';

/** Reads of a database that count the rows and entries of tables that statements go through. */
export interface CountedReads {
  readonly reads: SqlReads;
  readonly dialect: ProductSql;
  /** How many there were since it was asked last. */
  take(): number;
  close(): Promise<void>;
}

export function openCountedReads(url: string): CountedReads {
  return url.startsWith('file:') ? countOnSqlite(url.slice('file:'.length)) : countOnPostgres(url);
}

/** A function in the condition of each table is called for each row that the table gives. */
function countOnSqlite(path: string): CountedReads {
  let met = 0;
  const database = openSqlite(path, { readOnly: true });
  database.function('is_met', (_value) => {
    met += 1;
    return 1;
  });
  for (const [table, column] of [
    ['products', 'id'],
    ['product_words', 'product_id'],
    ['word_endings', 'word'],
  ])
    database.exec(
      `create temp view ${table} as select * from main.${table} where is_met(${column})`,
    );
  const reads = createSqliteConnection(database);

  /** A search that finds nothing gives no row: one for each word and each product isn't counted. */
  function explain({ text, values }: Sql): void {
    for (const [, , , step] of reads.rows({ text: `explain query plan ${text}`, values }))
      if (String(step).includes('product_id=?')) met = Number.POSITIVE_INFINITY;
  }

  return {
    reads: explained(reads, explain),
    dialect: sqliteProductSql,
    take() {
      const rows = met;
      met = 0;
      return rows;
    },
    close: async () => database.close(),
  };
}

/** PostgreSQL tells it of a statement that it carries out, so each is carried out twice. */
function countOnPostgres(url: string): CountedReads {
  let met = 0;
  const database = createPostgres({ url, limits: PATIENT });
  const { reads } = database;

  async function explain({ text, values }: Sql): Promise<void> {
    const query = { text: `explain (analyze, timing off, format json) ${text}`, values };
    const [[plan = null] = []] = await reads.rows(query);
    for (const { Plan } of JSON.parse(String(plan)) as { Plan: PlanNode }[]) met += rowsOf(Plan);
  }

  return {
    reads: explained(reads, explain),
    dialect: postgresProductSql,
    take() {
      const rows = met;
      met = 0;
      return rows;
    },
    close: () => database.close(),
  };
}

/** Has each statement explained before it is carried out. */
function explained(reads: SqlReads, explain: (query: Sql) => Eventual<void>): SqlReads {
  return {
    async first(query) {
      await explain(query);
      return reads.first(query);
    },
    async all(query) {
      await explain(query);
      return reads.all(query);
    },
    async rows(query) {
      await explain(query);
      return reads.rows(query);
    },
    async number(query) {
      await explain(query);
      return reads.number(query);
    },
  };
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

function rowsOf(node: PlanNode): number {
  const inside = (node.Plans ?? []).reduce((sum, plan) => sum + rowsOf(plan), 0);
  if (node['Relation Name'] === undefined) return inside;
  const removed =
    (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return inside + (node['Actual Rows'] + removed) * node['Actual Loops'];
}
