import { hash } from 'node:crypto';
import { sql, type Sql } from '@anaquel/runtime/sql';
import { anyOf } from './row-arrays.ts';

/** As many as the first migration makes. */
const HOLD_LOCKS = 1_024;

const HEX_DIGITS = 8;

/**
 * Locks what those lock who count the units that an owner holds: another one of the same owner
 * waits. Owners share a fixed number of locks, so that none has to be made or deleted.
 */
export function lockHoldsOf(owners: readonly string[]): Sql {
  const numbers = [...new Set(owners.map(holdLockOf))];
  return sql`select number from hold_locks where number ${anyOf('bigint', numbers)}
    order by number for update`;
}

function holdLockOf(owner: string): number {
  return Number.parseInt(hash('sha256', owner, 'hex').slice(0, HEX_DIGITS), 16) % HOLD_LOCKS;
}
