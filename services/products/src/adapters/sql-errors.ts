import { sqliteCode, sqliteExtendedCode } from '@anaquel/runtime/sql';

/** Ends a transaction that wanted a SKU of another product. */
export class SkuTakenError extends Error {
  override readonly name = 'SkuTakenError';
  readonly sku: string;

  constructor(sku: string, options: ErrorOptions) {
    super(`The SKU ${sku} is taken`, options);
    this.sku = sku;
  }
}

/**
 * The unique index decides, because two transactions may both have looked and found the SKU free.
 */
export async function claimingSku<Result>(
  sku: string | null,
  statement: Promise<Result>,
): Promise<Result> {
  try {
    return await statement;
  } catch (error) {
    if (sku === null || !isUniqueViolation(error)) throw error;
    throw new SkuTakenError(sku, { cause: error });
  }
}

/**
 * SQLite's extended code 2067 (https://sqlite.org/rescode.html#constraint_unique), PostgreSQL's
 * 23505. SKUs are the one unique thing a client chooses.
 */
function isUniqueViolation(error: unknown): boolean {
  return (
    sqliteExtendedCode(error) === 2067 ||
    (error instanceof Error && 'code' in error && error.code === '23505')
  );
}

/** SQLite's codes for busy, readonly, ioerr, full and cantopen: https://sqlite.org/rescode.html */
const UNAVAILABLE = new Set([5, 8, 10, 13, 14]);

/** Whether the database cannot be written for now, which is nobody's mistake. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.has(sqliteCode(error) ?? 0);
}
