import { CommitOutcomeUnknownError } from '@anaquel/runtime/sql';
import {
  DatabaseUnavailableError,
  postgresConstraint,
  postgresCode,
  type Postgres,
  type PostgresTransaction,
} from '@anaquel/runtime/postgres';
import {
  BatchRefusedError,
  LedgerUnavailableError,
  OutcomeUnknownError,
  type Ledger,
} from '../../application/ledger.ts';
import type { Command } from '../../domain/command.ts';
import type { CommandOutcome } from '../../domain/command-outcome.ts';
import { decide, type Decisions } from '../../domain/decide.ts';
import { recordKey } from '../../domain/idempotency-record.ts';
import { placedOutcome, type LogBase } from '../../domain/placed-outcome.ts';
import type { LedgerState } from '../../domain/working-state.ts';
import { loadBatch } from './batch-load.ts';
import { referencesOfBatch, type LevelId } from './batch-references.ts';
import { saveStatements } from './batch-save.ts';
import { findBase } from './batch-traces.ts';
import { createRecentEntries, type RecentEntries } from '../sql/recent-entries.ts';
import { pruneRecords } from './record-pruning.ts';

/** How long a batch is tried again that others are in the way of. */
const RETRY_MS = 3_000;

/**
 * One waits for its commit while the next one locks and loads. They save one after the other, as
 * all writers do.
 */
const BATCHES_AT_ONCE = 2;

/** Each round locks levels that only the rows of the round before could name. */
const MAX_LOCK_ROUNDS = 20;

interface DecidedBatch {
  readonly decisions: Decisions;
  readonly state: LedgerState;
}

export interface PostgresLedger extends Ledger {
  readonly recentEntries: Pick<RecentEntries, 'after'>;
}

/**
 * The ledger on PostgreSQL, for any number of writers. A batch is a transaction of two round trips:
 * it locks and loads, then saves and commits. It is done again when another writer was in its way.
 */
export function createPostgresLedger(postgres: Postgres): PostgresLedger {
  const recentEntries = createRecentEntries();

  async function tryBatch(
    commands: readonly Command[],
    more: readonly LevelId[],
  ): Promise<readonly CommandOutcome[] | { readonly unlocked: readonly LevelId[] }> {
    const references = referencesOfBatch(commands, more);
    const attempt: { decided: DecidedBatch | null } = { decided: null };
    try {
      const committed = await postgres.transaction(
        async (transaction) => {
          const loaded = await loadBatch(transaction, references);
          if (loaded.state === null) return { unlocked: loaded.unlocked };
          const { state } = loaded;
          const decided = { state, decisions: decide(state, commands) };
          attempt.decided = decided;
          return { decided, base: await save(transaction, decided) };
        },
        { mayBeRepeated: isOtherWriter, limits: { retryMs: RETRY_MS } },
      );
      if (committed.unlocked) return committed;
      const { decided, base } = committed;
      recentEntries.add(decided.decisions, base);
      return placedOutcomes(commands, decided, base);
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw failureOf(error);
      const { decided } = attempt;
      const base = decided && (await findBase(postgres, decided.decisions));
      if (decided === null || base === null)
        throw new OutcomeUnknownError(error.message, { cause: error });
      return placedOutcomes(commands, decided, base);
    }
  }

  return {
    batchesAtOnce: BATCHES_AT_ONCE,
    recentEntries,
    async commitBatch(commands) {
      if (commands.length === 0) return [];
      let more: readonly LevelId[] = [];
      for (let round = 1; round <= MAX_LOCK_ROUNDS; round += 1) {
        const outcomes = await tryBatch(commands, more);
        if (!('unlocked' in outcomes)) return outcomes;
        more = [...more, ...outcomes.unlocked];
      }
      throw new LedgerUnavailableError(`More levels to lock after ${MAX_LOCK_ROUNDS} rounds`);
    },
    pruneRecords: (before, limit) =>
      postgres.transaction((transaction) => pruneRecords(transaction, before, limit)),
    tryToWrite: () => postgres.barrier(),
    // The pool is its opener's.
    close: async () => {},
  };
}

/** Commits what changed, and gives what the log had before it. */
async function save(
  transaction: PostgresTransaction,
  { decisions, state }: DecidedBatch,
): Promise<LogBase> {
  const statements = saveStatements(decisions, state);
  if (statements.length === 0) return { position: 0, number: 0 };
  const results = await transaction.commit(...statements);
  const [position = 0, number = 0] = results.at(-1)?.[0] ?? [];
  return { position: Number(position), number: Number(number) };
}

/** Replays from before the batch have their positions already. */
function placedOutcomes(
  commands: readonly Command[],
  { decisions, state }: DecidedBatch,
  base: LogBase,
): readonly CommandOutcome[] {
  return decisions.outcomes.map((outcome, index) => {
    const idempotency = commands[index]?.idempotency;
    const isOlder = idempotency && state.records.has(recordKey(idempotency.scope, idempotency.key));
    return isOlder ? outcome : placedOutcome(outcome, base);
  });
}

const UNIQUE_VIOLATION = '23505';
/** No other writer makes the ids of this one. */
const OWN_KEYS = new Set(['purchases_pkey', 'reservations_pkey']);
/** Another writer has recorded a key of the batch meanwhile. */
const CLASH = 'log_head_clash';

/** Whether another writer was faster: what it has done is seen by the next try. */
function isOtherWriter(error: unknown): boolean {
  const constraint = postgresConstraint(error) ?? '';
  if (constraint === CLASH) return true;
  return postgresCode(error) === UNIQUE_VIOLATION && !OWN_KEYS.has(constraint);
}

/**
 * A value that can't be sent, or that breaks a rule of its table, refuses the batch. All else is
 * the database's fault.
 */
function failureOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const code = postgresCode(error);
  const isOfDatabase = error instanceof DatabaseUnavailableError || isOtherWriter(error);
  // https://www.postgresql.org/docs/15/errcodes-appendix.html: data exceptions, broken constraints.
  const isRefusal = !isOfDatabase && (code === undefined || /^2[23]/.test(code));
  return isRefusal
    ? new BatchRefusedError(message, { cause: error })
    : new LedgerUnavailableError(message, { cause: error });
}
