import { postgresCode, type PostgresTransaction } from '@anaquel/runtime/postgres';
import { pairOf, select, sql, type Sql } from '@anaquel/runtime/sql';
import type {
  Author,
  Outcome,
  ProductChanges,
  StoreFailure,
} from '../../application/product-store.ts';
import type { ChangeKind } from '../../domain/product-change.ts';
import type { Product } from '../../domain/product.ts';
import {
  CHANGED_PRODUCT,
  NEW_PRODUCT,
  PRODUCT,
  withDerivedColumns,
} from '../sql/product-columns.ts';
import { STORED_TEXT } from '../sql/stored-text.ts';
import type { Change } from './change.ts';
import { countChanges } from './product-counts.ts';
import { tagChanges } from './tag-counts.ts';
import { wordChanges, type TextChange } from './product-words.ts';

interface LogRow {
  readonly kind: ChangeKind;
  readonly product: Product;
  readonly by: Author;
}

/**
 * Changes within one transaction. What follows from them all (counts, tags, words, the log) is sent
 * at its end, together with COMMIT, and the one row of `log_head` is locked last: all changes of
 * all replicas wait for it, so nobody may hold it for longer than a commit takes.
 */
export function createProductWork(
  transaction: PostgresTransaction,
  { isOneChange }: { readonly isOneChange: boolean },
) {
  const changed: Change[] = [];
  const texts: TextChange[] = [];
  const log: LogRow[] = [];
  /** The write of the one change, and the SKU that it claims. */
  let last: { readonly statement: Sql; readonly sku: string | null } | undefined;

  const changes: ProductChanges = {
    async insert(product, by) {
      const row = withDerivedColumns(product);
      const next = transaction.run(sql`update product_ids set latest = latest + 1`);
      const id = await claimSku(product.sku, () =>
        transaction.number(sql`insert into products (id, ${NEW_PRODUCT.columns})
          values ((select latest from product_ids), ${NEW_PRODUCT.values(row)}) returning id`),
      );
      await next;
      if (!id.ok) return id;
      const stored = { ...product, id: id.value };
      changed.push({ before: null, after: stored });
      texts.push({ id: id.value, before: undefined, after: row.searchText });
      log.push({ kind: 'created', product: stored, by });
      return { ok: true, value: stored };
    },
    async change(id, kind, by, decide) {
      // Whoever changes the same product waits here.
      const found = await transaction.first(
        select(LOCKED_PRODUCT)`from products where id = ${id} and deleted_at is null for update`,
      );
      if (found === undefined) return { ok: false, error: { type: 'not-found' } };
      const [current, text] = found;
      const decision = decide(current);
      if (!decision.ok || decision.value === current) return decision;
      const product = decision.value;
      const row = withDerivedColumns(product);
      const columns = CHANGED_PRODUCT.assignments(row);
      const isDeletion = kind === 'deleted';
      const set = isDeletion ? sql`${columns}, deleted_at = ${by.at}` : columns;
      const statement = sql`update products set ${set} where id = ${id}`;
      if (isOneChange) last = { statement, sku: product.sku };
      else {
        const written = await claimSku(product.sku, () => transaction.run(statement));
        if (!written.ok) return written;
      }
      changed.push({ before: current, after: isDeletion ? null : product });
      texts.push({ id, before: text, after: isDeletion ? null : row.searchText });
      log.push({ kind, product, by });
      return { ok: true, value: product };
    },
  };

  return {
    changes,
    /** Gives the outcome when all is committed. */
    async commit<Value, Failure>(
      outcome: Outcome<Value, Failure>,
    ): Promise<Outcome<Value, Failure | StoreFailure>> {
      const statements = [
        ...(last ? [last.statement] : []),
        ...countChanges(changed),
        ...tagChanges(changed),
        ...wordChanges(texts),
        ...(log.length > 0 ? [logChanges(log)] : []),
      ];
      const committed = await claimSku(last?.sku ?? null, () => transaction.commit(...statements));
      return committed.ok ? outcome : committed;
    },
  };
}

const LOCKED_PRODUCT = pairOf(PRODUCT, STORED_TEXT);

/** Positions begin after the head, which is raised by as many as there are. */
function logChanges(log: readonly LogRow[]): Sql {
  const rows = log.map(({ kind, product, by }, index) => ({
    place: index + 1,
    product_id: product.id,
    kind,
    product: JSON.stringify(product),
    actor: by.actor,
    at: by.at,
  }));
  return sql`with head as (
      update log_head set position = position + ${log.length} returning position
    )
    insert into product_changes (position, product_id, kind, product, actor, at)
    select head.position - ${log.length} + place, product_id, kind, product, actor, at
    from head cross join json_to_recordset(cast(${JSON.stringify(rows)} as json))
      as change (place bigint, product_id bigint, kind text, product text, actor text, at text)`;
}

const UNIQUE_VIOLATION = '23505';

/**
 * The outcome of a statement that writes a SKU. The unique index decides: it waits for others that
 * claim the same one, and knows which have it then.
 */
async function claimSku<Value>(
  sku: string | null,
  write: () => Promise<Value>,
): Promise<Outcome<Value, StoreFailure>> {
  try {
    return { ok: true, value: await write() };
  } catch (error) {
    if (sku === null || !isSkuTaken(error)) throw error;
    return { ok: false, error: { type: 'sku-taken', sku } };
  }
}

function isSkuTaken(error: unknown): boolean {
  if (postgresCode(error) !== UNIQUE_VIOLATION || !(error instanceof Error)) return false;
  return 'constraint' in error && error.constraint === 'products_sku';
}
