import { CommitOutcomeUnknownError, select, valueList } from '@anaquel/runtime/sql';
import {
  DatabaseUnavailableError,
  type Postgres,
  type PostgresLimits,
  type PostgresTransaction,
} from '@anaquel/runtime/postgres';
import type { StoreListener } from '../../application/store.ts';
import type { Outcome, ProductStore, StoreFailure } from '../../application/product-store.ts';
import { PRODUCT } from '../sql/product-columns.ts';
import { createProductLists } from '../sql/product-list.ts';
import { changesAfterIn } from '../sql/read-changes.ts';
import { createProductWork, insertProduct, isTaken } from './product-work.ts';
import { postgresProductSql } from './product-sql.ts';

interface Options extends StoreListener {
  readonly database: Postgres;
}

/**
 * A list of operations is read and saved in one round trip each, but saving a thousand products
 * takes the server seconds, and a list waits for another one that is being saved.
 */
const LIST_LIMITS = {
  statementMs: 10_000,
  lockMs: 5_000,
  transactionMs: 15_000,
  retryMs: 15_000,
};

export function createPostgresProductStore(options: Options): ProductStore {
  const { database, onChange, onUnavailable } = options;
  const { reads } = database;

  async function carryOut<Value, Failure>(
    work: (transaction: PostgresTransaction) => Promise<Outcome<Value, Failure>>,
    limits: Partial<PostgresLimits> = {},
  ): Promise<Outcome<Value, Failure | StoreFailure>> {
    try {
      const isKept = ({ ok }: { ok: boolean }) => ok;
      const outcome = await database.transaction(work, {
        isKept,
        limits,
        mayBeRepeated: isTaken,
      });
      if (outcome.ok) onChange();
      return outcome;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      onUnavailable(error);
      // Whether something was written or not, whoever follows the log has to look.
      if (failure.type === 'outcome-unknown') onChange();
      return { ok: false, error: failure };
    }
  }

  return {
    find: (id) =>
      reads.first(select(PRODUCT)`from products where id = ${id} and deleted_at is null`),
    async findAll(ids) {
      if (ids.length === 0) return [];
      const query = select(PRODUCT)`from products
        where id in ${valueList(ids)} and deleted_at is null order by id`;
      return reads.all(query);
    },
    list: createProductLists(reads, postgresProductSql),
    insert: (product, by) =>
      carryOut(async (transaction) => {
        if (product.barcodes.length === 0) return insertProduct(transaction, product, by);
        const { changes, save } = createProductWork(transaction);
        const outcome = await changes.insert(product, by);
        if (outcome.ok) await save();
        return outcome;
      }),
    change: (id, kind, by, decide) =>
      carryOut(async (transaction) => {
        const { changes, save } = createProductWork(transaction);
        const outcome = await changes.change(id, kind, by, decide);
        if (outcome.ok) await save();
        return outcome;
      }),
    transact: (subject, work) =>
      carryOut(async (transaction) => {
        const { changes, load, save } = createProductWork(transaction);
        await load(subject);
        const outcome = await work(changes);
        if (outcome.ok) await save();
        return outcome;
      }, LIST_LIMITS),
    changesAfter: changesAfterIn(reads),
  };
}

/** What a change says of an error that is nobody's mistake. */
function failureOf(error: unknown): StoreFailure | undefined {
  if (error instanceof DatabaseUnavailableError) return { type: 'store-unavailable' };
  return error instanceof CommitOutcomeUnknownError ? { type: 'outcome-unknown' } : undefined;
}
