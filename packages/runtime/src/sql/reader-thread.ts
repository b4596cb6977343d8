import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, type Worker } from 'node:worker_threads';
import { startDatabaseThread } from './database-thread.ts';
import { createWorkQueue } from './work-queue.ts';

/** What a thread is asked for, by name. Arguments and results are plain data. */
export interface ReaderThread<Reads> {
  /**
   * What was committed before the call is seen.
   * @throws {ReadsUnavailableError} when too much waits, it takes too long, or the thread died.
   */
  ask<Name extends keyof Reads & string>(
    name: Name,
    ...args: ArgumentsOf<Reads[Name]>
  ): Promise<ResultOf<Reads[Name]>>;
  /** What is under way rejects. Resolves when the thread has let go of the database. */
  close(): Promise<void>;
}

type ArgumentsOf<Read> = Read extends (...args: infer Args) => unknown ? Args : never;
type ResultOf<Read> = Read extends (...args: never[]) => Promise<infer Result> ? Result : never;

export interface ReaderThreadOptions<Reads> {
  /** A module that calls {@link serveReads}. */
  readonly module: URL;
  /** The database, for that module. */
  readonly path: string;
  /** Those that take as long as they take. */
  readonly unhurried?: readonly (keyof Reads & string)[];
  /** Called with the reason why the thread died. The next who asks starts another one. */
  readonly onDeath: (error: unknown) => void;
  /** How long a caller waits for one read, the time in the queue included. */
  readonly timeoutMs?: number;
  /** How long the thread lives on while nobody asks. */
  readonly idleMs?: number;
}

/** Nothing can be read in the thread now. */
export class ReadsUnavailableError extends Error {
  override readonly name = 'ReadsUnavailableError';
  /** What a server answers whose request fails by it. */
  readonly statusCode = 503;
}

const TIMEOUT_MS = 10_000;

/** A thread takes some 20 MiB, and whoever looks through lists comes back soon. */
const IDLE_MS = 30_000;

/** So many may wait or be under way. */
const MAX_WAITING = 256;

/** A thread that dies at its start is not started all the time. */
const RESTART_AFTER_MS = 1_000;

interface Question {
  readonly number: number;
  readonly name: string;
  readonly args: readonly unknown[];
  /** When nobody waits for the answer any more, in ms since 1970; null for never. */
  readonly until: number | null;
}

type Answer =
  | { readonly number: number; readonly value?: unknown }
  | { readonly number: number; readonly failure: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * A thread with a reading connection of its own: what searches through many rows holds up nobody
 * but others that search. It starts when it is asked for something, and ends when it has not been
 * for a while.
 */
export function startReaderThread<Reads>(options: ReaderThreadOptions<Reads>): ReaderThread<Reads> {
  const { module, path, unhurried = [], onDeath } = options;
  const { timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS } = options;
  const waiting = createWaitingReads();
  let thread: Worker | null = null;
  const idle = setTimeout(endIdle, idleMs).unref();
  /** Resolves when the last thread that was idle has let go of the database. */
  let letGo: Promise<unknown> = Promise.resolve();
  let startedAt = -Infinity;
  let closed = false;

  function end(error: Error): void {
    thread = null;
    waiting.rejectAll(error);
  }

  function endIdle(): void {
    if (waiting.count() > 0) return void idle.refresh();
    const worker = thread;
    thread = null;
    // It did not die, so the next one may start at once.
    startedAt = -Infinity;
    if (worker) letGo = worker.terminate();
  }

  function start(): Worker {
    startedAt = performance.now();
    const worker = startDatabaseThread(module, path);
    let reason: unknown = new Error('The thread ended');
    worker.on('message', (text: string) => waiting.settle(JSON.parse(text) as Answer));
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', () => {
      if (thread !== worker) return;
      end(new ReadsUnavailableError('The thread that reads died', { cause: reason }));
      onDeath(reason);
    });
    return worker;
  }

  function ready(): Worker {
    if (closed) throw new ReadsUnavailableError('The database is closed');
    if (waiting.count() >= MAX_WAITING) throw new ReadsUnavailableError('Too many reads wait');
    if (thread === null && performance.now() - startedAt < RESTART_AFTER_MS)
      throw new ReadsUnavailableError('The thread that reads died a moment ago');
    thread ??= start();
    idle.refresh();
    return thread;
  }

  return {
    ask: async (name, ...args) => {
      const worker = ready();
      const limitMs = unhurried.includes(name) ? null : timeoutMs;
      const until = limitMs === null ? null : Date.now() + limitMs;
      const number = waiting.nextNumber();
      worker.postMessage({ number, name, args, until } satisfies Question);
      return (await waiting.answerTo(number, name, limitMs)) as never;
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      const worker = thread;
      end(new ReadsUnavailableError('The database is closed'));
      await Promise.all([letGo, worker?.terminate()]);
    },
  };
}

/** Those who wait for an answer, by the number of their question. */
function createWaitingReads() {
  const waiting = new Map<number, Waiting>();
  let asked = 0;

  function take(number: number): Waiting | undefined {
    const one = waiting.get(number);
    clearTimeout(one?.timer);
    waiting.delete(number);
    return one;
  }

  return {
    count: () => waiting.size,
    nextNumber: () => asked++,
    /**
     * For a question that was sent.
     *
     * @param limitMs how long it waits; null for as long as it takes
     */
    answerTo(number: number, name: string, limitMs: number | null): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const giveUp = () => take(number)?.reject(new ReadsUnavailableError(`${name} took long`));
        const timer = limitMs === null ? undefined : setTimeout(giveUp, limitMs).unref();
        waiting.set(number, { resolve, reject, timer });
      });
    },
    /** Who waited may have given up. */
    settle(answer: Answer): void {
      const one = take(answer.number);
      if ('failure' in answer) one?.reject(new Error(answer.failure));
      else one?.resolve(answer.value);
    },
    rejectAll(error: Error): void {
      for (const number of waiting.keys()) take(number)?.reject(error);
    },
  };
}

/**
 * Answers what the thread that started this one asks for.
 *
 * @param inTurn those that take long: one of these is under way at a time, and one that nobody
 * waits for any more when its turn comes does not begin
 */
export function serveReads<
  Reads extends Readonly<Record<string, (...args: never[]) => Promise<unknown>>>,
>(reads: Reads, inTurn: readonly (keyof Reads & string)[] = []): void {
  const port = parentPort;
  if (port === null) throw new Error('Reads are served in a thread only');
  const turns = createWorkQueue();
  const serve = async ({ number, name, args, until }: Question): Promise<void> => {
    if (until !== null && Date.now() > until) return;
    let answer: Answer;
    try {
      answer = { number, value: await reads[name]?.(...(args as never[])) };
    } catch (error) {
      answer = { number, failure: String(error) };
    }
    // JSON costs less than a structured clone of many small objects.
    port.postMessage(JSON.stringify(answer));
  };
  const serveInTurn = async (question: Question): Promise<void> => {
    // What takes no turn is served between two that do.
    await nextTurn();
    await serve(question);
  };
  port.on('message', (question: Question) =>
    inTurn.includes(question.name) ? turns(() => serveInTurn(question)) : serve(question),
  );
}
