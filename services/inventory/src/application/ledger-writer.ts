import type { Command } from '../domain/command.ts';
import type { CommandOutcome } from '../domain/command-outcome.ts';
import { refused } from '../domain/outcome.ts';
import { createCommandQueue, MAX_WAIT_MS, namesOf, type QueuedCommand } from './command-queue.ts';
import {
  BatchRefusedError,
  LedgerUnavailableError,
  OutcomeUnknownError,
  type Ledger,
} from './ledger.ts';

const WAIT_CHECK_MS = 100;

export type TraceBatch = (
  traceparents: readonly [string, ...string[]],
  commands: number,
) => (failure?: string) => void;

export interface LedgerWriter {
  /**
   * Carries out one command in a transaction with others. Resolves when it is durable or refused;
   * never rejects. It is refused as `overloaded` only before it joins a batch, so that a refusal
   * means that nothing was changed.
   */
  submit(command: Command): Promise<CommandOutcome>;
  /** How many commands wait for their batch. */
  readonly queued: number;
  /** Counts of committed commands and batches. */
  readonly committed: { readonly commands: number; readonly batches: number };
  /** Carries out what is queued, then resolves. Later commands are refused. */
  drain(): Promise<void>;
}

/** A batch that was committed, and how long that took. */
export interface CommittedBatch {
  readonly commands: number;
  /** Of the command that waited longest for it, in milliseconds. */
  readonly waitMs: number;
  readonly commitMs: number;
}

export interface LedgerWriterOptions {
  readonly ledger: Pick<Ledger, 'batchesAtOnce' | 'commitBatch'>;
  /**
   * Called with where the commands of a batch are traced, if any is; the function that it gives is
   * called at the batch's end, with why it failed.
   */
  readonly traceBatch?: TraceBatch | null;
  /** Called after each batch that was committed: the log may have grown. */
  readonly onCommit: (batch: CommittedBatch) => void;
  /** Called with the error when the store cannot write, and when a command is a defect. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Group commit: commands queue while a batch is under way. When it ends, those that wait form the
 * next one, up to the bounds of the queue. There is no timer, so an idle service commits what a
 * turn of the event loop brought, and a busy one commits many for the price of one.
 *
 * A batch takes half of all that wait and were under way, so that batches become equal: a large one
 * would be followed by what came meanwhile, which is nearly nothing, and while that is committed
 * all others wait.
 *
 * Where the ledger takes several batches at once, the next one begins earlier, with commands that
 * name nothing of what those under way name: once twice as many wait as are under way, or as many
 * and a turn of the event loop has brought no further one. So no batch waits for the locks of
 * another one of this process, and what two commands name is changed in their order.
 */
export function createLedgerWriter(options: LedgerWriterOptions): LedgerWriter {
  const { ledger, now = () => performance.now() } = options;
  const queue = createCommandQueue();
  const underWay = createBatchesUnderWay(ledger.batchesAtOnce);
  let submitted = 0;
  /** With fewer commands than these, another look for a batch would find too few again. */
  let lookAgainAt = 0;
  let expiry: NodeJS.Timeout | null = null;
  let draining = false;
  const { commit, committed, refuse } = createCommitting(options);
  const watchTurn = createTurnWatch(() => submitted, endTurn);

  function submit(command: Command): Promise<CommandOutcome> {
    return new Promise((answer) => {
      submitted += 1;
      try {
        const names = ledger.batchesAtOnce > 1 ? namesOf(command) : [];
        const isQueued = !draining && queue.add({ command, names, answer, sinceMs: now() });
        if (!isQueued) return answer(refused({ type: 'overloaded' }));
        expiry ??= setInterval(refuseExpired, WAIT_CHECK_MS);
        // Commands that arrive in the same turn of the event loop share a batch.
        watchTurn();
      } catch (error) {
        // Nobody knows its type, so it can't be put among the others.
        answer(refuse(error));
      }
    });
  }

  function endTurn(isQuiet: boolean): void {
    if (isQuiet && mayBeginEarlier(1)) beginEarlier();
    look();
  }

  /** @param atMost how many commands a batch takes if none is under way */
  function look(atMost = queue.size): void {
    refuseExpired();
    if (underWay.isEmpty() && queue.size > 0) begin(queue.takeBatch(atMost));
    if (mayBeginEarlier(2)) beginEarlier();
    else if (mayBeginEarlier(1)) watchTurn();
    if (queue.size > 0 || !underWay.isEmpty() || expiry === null) return;
    clearInterval(expiry);
    expiry = null;
  }

  /** Whether so many times as many commands wait as are under way, and there is room for them. */
  const mayBeginEarlier = (times: number): boolean =>
    underWay.hasRoom() && queue.size >= Math.max(times * underWay.commands(), lookAgainAt);

  const halfOfAll = (others: number): number => Math.floor((queue.size + others) / 2);

  function beginEarlier(): void {
    const others = underWay.commands();
    const batch = queue.takeApartFrom(underWay.names(), others, halfOfAll(others));
    if (batch.length > 0) begin(batch);
    else lookAgainAt = queue.size + others;
  }

  function begin(batch: readonly QueuedCommand[]): void {
    underWay.add(batch, commit(batch), (answerAll) => {
      lookAgainAt = 0;
      // First, so that the ledger isn't idle while answers are written.
      look(halfOfAll(batch.length));
      answerAll();
    });
  }

  function refuseExpired(): void {
    for (const { answer } of queue.takeOlderThan(now() - MAX_WAIT_MS))
      answer(refused({ type: 'overloaded' }));
  }

  return {
    submit,
    committed,
    get queued() {
      return queue.size;
    },
    async drain() {
      draining = true;
      look();
      await underWay.ended();
    },
  };
}

/**
 * Watches a turn of the event loop, one at a time, and tells at its end whether `count` has stayed
 * the same.
 */
function createTurnWatch(count: () => number, onEnd: (isQuiet: boolean) => void): () => void {
  let isWatching = false;
  return () => {
    if (isWatching) return;
    isWatching = true;
    const before = count();
    setImmediate(() => {
      isWatching = false;
      onEnd(count() === before);
    });
  };
}

/** A batch that the ledger has. */
interface BatchUnderWay {
  readonly size: number;
  readonly names: readonly string[];
  readonly end: Promise<void>;
}

/** The batches that the ledger has, at most `batchesAtOnce`. */
function createBatchesUnderWay(batchesAtOnce: number) {
  const batches = new Set<BatchUnderWay>();
  return {
    isEmpty: () => batches.size === 0,
    /** For one beside those that are under way. */
    hasRoom: () => batches.size > 0 && batches.size < batchesAtOnce,
    commands: () => [...batches].reduce((sum, { size }) => sum + size, 0),
    names: () => new Set([...batches].flatMap(({ names }) => names)),
    /** `onEnd` is called once the batch is no more among these. */
    add<Result>(
      batch: readonly QueuedCommand[],
      committing: Promise<Result>,
      onEnd: (result: Result) => void,
    ): void {
      const names = batch.flatMap((queued) => queued.names);
      const begun: BatchUnderWay = {
        size: batch.length,
        names,
        end: committing.then((result) => {
          batches.delete(begun);
          onEnd(result);
        }),
      };
      batches.add(begun);
    },
    /** Resolves when none is under way, those that began meanwhile included. */
    async ended(): Promise<void> {
      while (batches.size > 0) await Promise.all([...batches].map(({ end }) => end));
    },
  };
}

/** Answers the callers of a batch. */
type AnswerAll = () => void;

/** Commits batches. */
function createCommitting(options: LedgerWriterOptions) {
  const { ledger, traceBatch = null, onCommit, onFailure, now = () => performance.now() } = options;
  const committed = { commands: 0, batches: 0 };

  /** Reports an error, and gives what it means to a caller. */
  function refuse(error: unknown): CommandOutcome {
    onFailure(error);
    return refusalFor(error);
  }

  function beginSpan(batch: readonly QueuedCommand[]): ((failure?: string) => void) | null {
    if (traceBatch === null) return null;
    const [first, ...others] = batch.flatMap(({ command }) => command.traceparent ?? []);
    return first === undefined ? null : traceBatch([first, ...others], batch.length);
  }

  /** When the store refuses a batch for its data, halves it until the culprit stands alone. */
  async function commit(batch: readonly QueuedCommand[]): Promise<AnswerAll> {
    let outcomes: readonly CommandOutcome[];
    const beginMs = now();
    const endSpan = beginSpan(batch);
    try {
      outcomes = await ledger.commitBatch(batch.map(({ command }) => command));
    } catch (error) {
      endSpan?.(String(error));
      if (error instanceof BatchRefusedError && batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        const answerFirst = await commit(batch.slice(0, middle));
        const answerRest = await commit(batch.slice(middle));
        return () => {
          answerFirst();
          answerRest();
        };
      }
      const refusal = refuse(error);
      return () => {
        for (const { answer } of batch) answer(refusal);
      };
    }
    const commitMs = now() - beginMs;
    endSpan?.();
    committed.commands += batch.length;
    committed.batches += 1;
    const waitMs = beginMs - (batch[0]?.sinceMs ?? beginMs);
    onCommit({ commands: batch.length, waitMs, commitMs });
    return () => {
      for (const [index, { answer }] of batch.entries()) {
        const outcome = outcomes[index] ?? refusalFor('The ledger gave no outcome');
        for (const message of defectsIn(outcome)) onFailure(new Error(message));
        answer(outcome);
      }
    };
  }

  return { commit, committed, refuse };
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
