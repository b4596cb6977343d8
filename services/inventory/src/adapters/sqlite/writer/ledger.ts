import { Worker } from 'node:worker_threads';
import type { CursorStore } from '@anaquel/events';
import type { CommitStatements } from '@anaquel/runtime/sql';
import {
  BatchRefusedError,
  LedgerUnavailableError,
  type Ledger,
} from '../../../application/ledger.ts';
import { decodeResponse, encode, type Request, type Response } from './ledger-protocol.ts';
import { startRecordAdoption } from './record-adoption.ts';

export interface SqliteLedgerOptions {
  readonly path: string;
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
  /** Between two batches. */
  readonly commitStatements: CommitStatements;
}

const YOUNG_GENERATION_MB = 8;

interface Pending {
  resolve(response: Response): void;
  reject(error: Error): void;
}

/**
 * The ledger on SQLite: a thread of its own that commits one batch at a time, with one message each
 * way a batch.
 */
export function createSqliteLedger(options: SqliteLedgerOptions): SqliteLedger {
  const { path, onOutcomeUnknown, onAdoptionFailed } = options;
  const worker = new Worker(new URL('./ledger-worker.ts', import.meta.url), {
    workerData: { path },
    // What a batch leaves is soon garbage: more room for it would be memory and nothing else.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
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

  function ask(request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      pending.push({ resolve, reject });
      worker.postMessage(encode(request));
    });
  }

  async function askNumber(request: Request): Promise<number> {
    const response = await ask(request);
    if (response.type !== 'number')
      throw new Error(`The ledger writer answered ${response.type} to ${request.type}`);
    return response.value;
  }

  const cursors: CursorStore = {
    load: (relay) => askNumber({ type: 'load-cursor', relay }),
    async save(relay, position) {
      await ask({ type: 'save-cursor', relay, position });
    },
  };
  const adoption = startRecordAdoption({
    adopt: (limit) => askNumber({ type: 'adopt-records', limit }),
    onError: onAdoptionFailed,
  });

  return {
    async commitBatch(commands) {
      const response = await ask({ type: 'commit', commands });
      if (response.type !== 'committed')
        throw new Error(`The ledger writer answered ${response.type} to a commit`);
      return response.outcomes;
    },
    pruneRecords: (before, limit) => askNumber({ type: 'prune-records', before, limit }),
    async commitStatements(statements) {
      const response = await ask({ type: 'commit-statements', statements });
      if (response.type !== 'rows')
        throw new Error(`The ledger writer answered ${response.type} to statements`);
      return response.rows;
    },
    tryToWrite: () => cursors.save('write-check', 0),
    cursors,
    async close() {
      closing = true;
      adoption.stop();
      await ask({ type: 'close' });
    },
  };
}
