import type { CursorStore, EventTextPage } from '@anaquel/events';
import { startDatabaseThread, type CommitStatements } from '@anaquel/runtime/sql';
import {
  BatchRefusedError,
  LedgerUnavailableError,
  type Ledger,
} from '../../../application/ledger.ts';
import type { KnownLevels } from '../known-levels.ts';
import { flatCommand, outcomeFrom } from './flat-batch.ts';
import { textsFrom } from './flat-texts.ts';
import { decodeResponse, encode, type Request, type Response } from './ledger-protocol.ts';
import { startRecordAdoption } from './record-adoption.ts';

export interface SqliteLedgerOptions {
  readonly path: string;
  /** Told what each batch may change. */
  readonly knownLevels: Pick<KnownLevels, 'beginBatch'>;
  /**
   * Called when it is unknown whether a batch was committed, or when the writer's thread died.
   * Nobody has been answered, and nobody may be: the process has to end, and the next start finds
   * out what is there.
   */
  readonly onOutcomeUnknown: (error: Error) => void;
  /** Called when records of earlier releases could not be moved; it is tried again. */
  readonly onAdoptionFailed: (error: unknown) => void;
}

export interface SqliteLedger extends Ledger {
  readonly cursors: CursorStore;
  /**
   * For one reader, who asks for one position after the other: the events of at most `limit`
   * entries of the log after a position, if they are among those that were added last; else null:
   * the database has them. The log is the one with this id.
   */
  recentTexts(logId: string, position: number, limit: number): Promise<EventTextPage | null>;
  /** Between two batches. */
  readonly commitStatements: CommitStatements;
}

interface Pending {
  resolve(response: Response): void;
  reject(error: Error): void;
}

interface WriterThread {
  ask<Type extends Response['type']>(
    request: Request,
    type: Type,
  ): Promise<Extract<Response, { readonly type: Type }>>;
  /** Its end is expected from now on. */
  close(): Promise<void>;
}

/** The thread that has the writing connection. */
function startWriterThread({
  path,
  onOutcomeUnknown,
}: Pick<SqliteLedgerOptions, 'path' | 'onOutcomeUnknown'>): WriterThread {
  const worker = startDatabaseThread(new URL('./ledger-worker.ts', import.meta.url), path);
  const pending: Pending[] = [];
  let closing = false;
  /** Once it is unknown what was committed, nobody is answered any more. */
  let silent = false;

  function fallSilent(error: Error): void {
    if (closing || silent) return;
    silent = true;
    onOutcomeUnknown(error);
  }

  worker.on('message', (text) => {
    if (silent) return;
    const response = decodeResponse(text);
    if (response.type === 'failed' && response.failure === 'outcome-unknown') {
      fallSilent(new Error(response.message));
      return;
    }
    const request = pending.shift();
    if (response.type !== 'failed') request?.resolve(response);
    else if (response.failure === 'batch-refused')
      request?.reject(new BatchRefusedError(response.message));
    else request?.reject(new LedgerUnavailableError(response.message));
  });
  worker.on('error', (error) => fallSilent(new Error('The ledger writer died', { cause: error })));
  worker.on('exit', () => fallSilent(new Error('The ledger writer ended')));

  async function ask<Type extends Response['type']>(request: Request, type: Type) {
    const response = await new Promise<Response>((resolve, reject) => {
      pending.push({ resolve, reject });
      worker.postMessage(encode(request));
    });
    if (isOfType(response, type)) return response;
    throw new Error(`The ledger writer answered ${response.type} to ${request.type}`);
  }

  return {
    ask,
    async close() {
      closing = true;
      await ask({ type: 'close' }, 'done');
    },
  };
}

function isOfType<Type extends Response['type']>(
  response: Response,
  type: Type,
): response is Extract<Response, { readonly type: Type }> {
  return response.type === type;
}

/**
 * The ledger on SQLite: a thread of its own that commits one batch at a time, with one message each
 * way a batch.
 */
export function createSqliteLedger(options: SqliteLedgerOptions): SqliteLedger {
  const { knownLevels } = options;
  const { ask, close } = startWriterThread(options);

  async function askNumber(request: Request): Promise<number> {
    return (await ask(request, 'number')).value;
  }

  const cursors: CursorStore = {
    load: (relay) => askNumber({ type: 'load-cursor', relay }),
    async save(relay, position) {
      await ask({ type: 'save-cursor', relay, position }, 'done');
    },
  };
  const adoption = startRecordAdoption({
    adopt: (limit) => askNumber({ type: 'adopt-records', limit }),
    onError: options.onAdoptionFailed,
  });

  return {
    // One thread writes.
    batchesAtOnce: 1,
    async commitBatch(commands) {
      const request = { type: 'commit', commands: commands.map(flatCommand) } as const;
      const endBatch = knownLevels.beginBatch(commands);
      const { outcomes } = await ask(request, 'committed').finally(endBatch);
      return outcomes.map((outcome, index) => outcomeFrom(outcome, commands[index]));
    },
    async recentTexts(logId, position, limit) {
      const { texts } = await ask({ type: 'recent-texts', logId, position, limit }, 'texts');
      return texts && textsFrom(texts);
    },
    commitStatements: async (statements) =>
      (await ask({ type: 'commit-statements', statements }, 'rows')).rows,
    pruneRecords: (before, limit) => askNumber({ type: 'prune-records', before, limit }),
    tryToWrite: () => cursors.save('write-check', 0),
    cursors,
    async close() {
      adoption.stop();
      await close();
    },
  };
}
