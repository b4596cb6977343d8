import type { Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';
import { refused } from '../domain/outcome.ts';
import { createCommandQueue, MAX_WAIT_MS, type QueuedCommand } from './command-queue.ts';
import {
  BatchRefusedError,
  LedgerUnavailableError,
  OutcomeUnknownError,
  type Ledger,
} from './ledger.ts';

const WAIT_CHECK_MS = 100;

export interface LedgerWriter {
  /**
   * Carries out one command in a transaction with others. Resolves when it is durable or refused;
   * never rejects. It is refused as `overloaded` only before it joins a batch, so that a refusal
   * means that nothing was changed.
   */
  submit(command: Command): Promise<CommandOutcome>;
  /** Counts of committed commands and batches. */
  readonly committed: { readonly commands: number; readonly batches: number };
  /** Carries out what is queued, then resolves. Later commands are refused. */
  drain(): Promise<void>;
}

export interface LedgerWriterOptions {
  readonly ledger: Pick<Ledger, 'commitBatch'>;
  /** Called after each batch that was committed: the log may have grown. */
  readonly onCommit: () => void;
  /** Called with the error when the store cannot write, and when a command is a defect. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Group commit: commands queue while a batch is under way. When it ends, those that wait form the
 * next one, up to the bounds of the queue. There is no timer, so an idle service commits a command
 * at once and a busy one commits many for the price of one.
 */
export function createLedgerWriter(options: LedgerWriterOptions): LedgerWriter {
  const { ledger, onCommit, onFailure, now = () => performance.now() } = options;
  const queue = createCommandQueue();
  let working: Promise<void> | null = null;
  let draining = false;
  const committed = { commands: 0, batches: 0 };

  function submit(command: Command): Promise<CommandOutcome> {
    return new Promise((answer) => {
      const isQueued = !draining && queue.add({ command, answer, sinceMs: now() });
      if (isQueued) working ??= work();
      else answer(refused({ type: 'overloaded' }));
    });
  }

  async function work(): Promise<void> {
    // Commands that arrive in the same turn of the event loop share the first batch.
    await Promise.resolve();
    const expiry = setInterval(refuseExpired, WAIT_CHECK_MS);
    while (!queue.isEmpty) {
      refuseExpired();
      const batch = queue.takeBatch();
      if (batch.length > 0) await commit(batch);
    }
    clearInterval(expiry);
    working = null;
  }

  function refuseExpired(): void {
    for (const { answer } of queue.takeOlderThan(now() - MAX_WAIT_MS))
      answer(refused({ type: 'overloaded' }));
  }

  /** Commits a batch; when the store refuses its data, halves it until the culprit stands alone. */
  async function commit(batch: readonly QueuedCommand[]): Promise<void> {
    let outcomes: readonly CommandOutcome[];
    try {
      outcomes = await ledger.commitBatch(batch.map(({ command }) => command));
    } catch (error) {
      if (error instanceof BatchRefusedError && batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        await commit(batch.slice(0, middle));
        await commit(batch.slice(middle));
        return;
      }
      onFailure(error);
      for (const { answer } of batch) answer(refusalFor(error));
      return;
    }
    for (const [index, { answer }] of batch.entries()) {
      const outcome = outcomes[index] ?? refusalFor('The ledger gave no outcome');
      for (const message of defectsIn(outcome)) onFailure(new Error(message));
      answer(outcome);
    }
    committed.commands += batch.length;
    committed.batches += 1;
    onCommit();
  }

  return {
    submit,
    committed,
    async drain() {
      draining = true;
      await working;
    },
  };
}

function refusalFor(error: unknown): CommandOutcome {
  if (error instanceof LedgerUnavailableError) return refused({ type: 'ledger-unavailable' });
  if (error instanceof OutcomeUnknownError) return refused({ type: 'outcome-unknown' });
  return refused({ type: 'defect', message: String(error) });
}

function defectsIn(outcome: CommandOutcome): string[] {
  if (outcome.ok) return [];
  return outcome.refusals.flatMap((refusal) => (refusal.type === 'defect' ? refusal.message : []));
}
