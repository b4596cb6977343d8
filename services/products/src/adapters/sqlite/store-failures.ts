import { sqliteCode, sqliteExtendedCode } from '@anaquel/runtime/sql';
import type { Outcome, StoreFailure } from '../../application/product-store.ts';

/**
 * The outcome of a statement that writes a SKU. The unique index decides: it knows what is in the
 * table when the statement runs. SKUs are the one unique thing that a client chooses.
 */
export function claimSku<Value>(
  sku: string | null,
  write: () => Value,
): Outcome<Value, StoreFailure> {
  try {
    return { ok: true, value: write() };
  } catch (error) {
    if (sku === null || sqliteExtendedCode(error) !== SQLITE_CONSTRAINT_UNIQUE) throw error;
    return { ok: false, error: { type: 'sku-taken', sku } };
  }
}

/** https://sqlite.org/rescode.html#constraint_unique */
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** Busy, readonly, ioerr, full and cantopen: https://sqlite.org/rescode.html */
const UNAVAILABLE = new Set([5, 8, 10, 13, 14]);

/** Whether the database cannot be written for now, which is nobody's mistake. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.has(sqliteCode(error) ?? 0);
}

/** Nothing was changed: the database can't be written for now. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** What a server answers whose request fails by it. */
  readonly statusCode = 503;

  constructor(cause: unknown) {
    super("The database can't be written now", { cause });
  }
}
