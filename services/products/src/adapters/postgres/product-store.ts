import { CommitOutcomeUnknownError, select, sql, valueList } from '@anaquel/runtime/sql';
import { DatabaseUnavailableError, type Postgres } from '@anaquel/runtime/postgres';
import type { StoreListener } from '../../application/store.ts';
import type {
  Outcome,
  ProductChanges,
  ProductStore,
  StoreFailure,
} from '../../application/product-store.ts';
import { CHANGE } from '../sql/change-columns.ts';
import { PRODUCT } from '../sql/product-columns.ts';
import { createProductLists } from '../sql/product-list.ts';
import { createProductWork } from './product-work.ts';
import { hasElement } from './has-element.ts';

interface Options extends StoreListener {
  readonly database: Postgres;
}

/** How long a list of operations may take, each of which waits for the server twice. */
const LIST_LIMITS = { transactionMs: 15_000, retryMs: 15_000 };

export function createPostgresProductStore(options: Options): ProductStore {
  const { database, onChange, onUnavailable } = options;
  const { reads } = database;

  /** What the one change of a transaction writes is sent together with COMMIT. */
  async function carryOut<Value, Failure>(
    work: (changes: ProductChanges) => Promise<Outcome<Value, Failure>>,
    isOneChange: boolean,
  ): Promise<Outcome<Value, Failure | StoreFailure>> {
    try {
      const outcome = await database.transaction(
        async (transaction): Promise<Outcome<Value, Failure | StoreFailure>> => {
          const unit = createProductWork(transaction, { isOneChange });
          const done = await work(unit.changes);
          return done.ok ? unit.commit(done) : done;
        },
        { isKept: ({ ok }) => ok, limits: isOneChange ? {} : LIST_LIMITS },
      );
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
    list: createProductLists(reads, hasElement),
    insert: (product, by) => carryOut((changes) => changes.insert(product, by), true),
    change: (id, kind, by, decide) =>
      carryOut((changes) => changes.change(id, kind, by, decide), true),
    transact: (work) => carryOut(work, false),
    async changesAfter(position, limit) {
      // The head first: a change that is committed between the two queries may be newer than the
      // head, but never missing below it.
      const head = await reads.number(sql`select position from log_head`);
      const changes = await reads.all(
        select(
          CHANGE,
        )`from product_changes where position > ${position} order by position limit ${limit}`,
      );
      return { changes, head: Math.max(head, changes.at(-1)?.position ?? 0) };
    },
  };
}

/** What a change says of an error that is nobody's mistake. */
function failureOf(error: unknown): StoreFailure | undefined {
  if (error instanceof DatabaseUnavailableError) return { type: 'store-unavailable' };
  return error instanceof CommitOutcomeUnknownError ? { type: 'outcome-unknown' } : undefined;
}
