import { sizeOf, type Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';
import { refused } from '../domain/outcome.ts';
import { BatchRefusedError, LedgerUnavailableError, type Ledger } from './ledger.ts';

/** At most this many commands wait; more are refused at once. */
export const MAX_QUEUED_COMMANDS = 4_096;
/** And at most this many lines and steps of theirs together, or one command of any size. */
export const MAX_QUEUED_STEPS = 65_536;
/** How long a command may wait for its batch before it is refused. */
export const MAX_WAIT_MS = 2_000;
export const MAX_BATCH_COMMANDS = 512;
export const MAX_BATCH_STEPS = 4_096;

const WAIT_CHECK_MS = 100;

export interface LedgerWriter {
  /**
   * Carries out one command, sharing a transaction with others. Resolves once it is durable, or
   * refused; never rejects. A command is refused for want of capacity only before it joins a batch,
   * so a refusal means that nothing happened.
   */
  submit(command: Command): Promise<CommandOutcome>;
  /** How many commands have been committed, and in how many batches. */
  readonly committed: { readonly commands: number; readonly batches: number };
  /** Carries out what is queued, then resolves. Later commands are refused. */
  drain(): Promise<void>;
}

export interface LedgerWriterOptions {
  readonly ledger: Pick<Ledger, 'commitBatch'>;
  /** Called after each batch that was committed: the log may have grown. */
  readonly onCommit: () => void;
  /**
   * Told why commands could not be carried out: the store cannot write, or a command failed for a
   * reason of its own.
   */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

interface Waiting {
  readonly command: Command;
  readonly answer: (outcome: CommandOutcome) => void;
  readonly sinceMs: number;
}

/**
 * Group commit: commands queue while a batch is under way, and when it ends all that wait form the
 * next one. There is no timer, so an idle service commits a command at once and a busy one commits
 * many for the price of one.
 */
export function createLedgerWriter(options: LedgerWriterOptions): LedgerWriter {
  const { ledger, onCommit, onFailure, now = () => performance.now() } = options;
  const queue: Waiting[] = [];
  let queuedSteps = 0;
  let working: Promise<void> | null = null;
  let draining = false;
  const committed = { commands: 0, batches: 0 };

  function submit(command: Command): Promise<CommandOutcome> {
    if (draining || !fits(command)) return Promise.resolve(refused({ type: 'overloaded' }));
    return new Promise((answer) => {
      queue.push({ command, answer, sinceMs: now() });
      queuedSteps += sizeOf(command);
      working ??= work();
    });
  }

  function fits(command: Command): boolean {
    if (queue.length === 0) return true;
    return queue.length < MAX_QUEUED_COMMANDS && queuedSteps + sizeOf(command) <= MAX_QUEUED_STEPS;
  }

  /** Takes so many commands from the front. */
  function dequeue(size: number): Waiting[] {
    const taken = queue.splice(0, size);
    for (const { command } of taken) queuedSteps -= sizeOf(command);
    return taken;
  }

  async function work(): Promise<void> {
    // Commands that arrive in the same turn of the event loop share the first batch.
    await Promise.resolve();
    const expiry = setInterval(refuseExpired, WAIT_CHECK_MS);
    while (queue.length > 0) {
      const batch = takeBatch();
      if (batch.length > 0) await commit(batch);
    }
    clearInterval(expiry);
    working = null;
  }

  function takeBatch(): Waiting[] {
    refuseExpired();
    let steps = 0;
    let size = 0;
    for (const { command } of queue) {
      steps += sizeOf(command);
      if (size === MAX_BATCH_COMMANDS || (size > 0 && steps > MAX_BATCH_STEPS)) break;
      size += 1;
    }
    return dequeue(size);
  }

  function refuseExpired(): void {
    const oldest = now() - MAX_WAIT_MS;
    // The queue is in order of arrival, so the expired ones are at its front.
    const firstInTime = queue.findIndex(({ sinceMs }) => sinceMs >= oldest);
    const expired = dequeue(firstInTime === -1 ? queue.length : firstInTime);
    for (const { answer } of expired) answer(refused({ type: 'overloaded' }));
  }

  /** Commits a batch; when the store refuses its data, halves it until the culprit stands alone. */
  async function commit(batch: readonly Waiting[]): Promise<void> {
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
      const refusal =
        error instanceof LedgerUnavailableError
          ? refused({ type: 'ledger-unavailable' })
          : refused({ type: 'defect', message: String(error) });
      for (const { answer } of batch) answer(refusal);
      return;
    }
    for (const [index, { answer }] of batch.entries()) {
      const outcome =
        outcomes[index] ?? refused({ type: 'defect', message: 'The ledger gave no outcome' });
      if (!outcome.ok && outcome.refusals[0]?.type === 'defect')
        onFailure(new Error(outcome.refusals[0].message));
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
