import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '@anaquel/runtime/sql';
import { assertNever } from '../../../domain/assert-never.ts';
import { commandFrom, flatOutcome } from './flat-batch.ts';
import { flatTexts } from './flat-texts.ts';
import { decodeRequest, encode, type Request, type Response } from './ledger-protocol.ts';
import { BatchFailedError, createSqliteLedgerStore } from './ledger-store.ts';

// The writer's thread: it owns the only writing connection, so that the disk's waits never stop
// HTTP.

if (!parentPort) throw new Error('The ledger writer runs as a worker thread only');
const port = parentPort;
const { path } = workerData as { path: string };
const database = openSqlite(path);
// A page that many commits change goes to the database file once a checkpoint: a longer log (16
// MiB) makes them rarer.
database.exec('PRAGMA wal_autocheckpoint = 4000');
// Wait at most 1 s for another process's lock, about as long as the queue lets callers wait.
database.exec('PRAGMA busy_timeout = 1000');
const store = createSqliteLedgerStore(database);

function answer(request: Request): Response {
  switch (request.type) {
    case 'commit':
      return {
        type: 'committed',
        outcomes: store.commitBatch(request.commands.map(commandFrom)).map(flatOutcome),
      };
    case 'recent-texts': {
      const texts = store.recentTexts(request.logId, request.position, request.limit);
      return { type: 'texts', texts: texts && flatTexts(texts) };
    }
    case 'load-cursor':
      return { type: 'number', value: store.loadCursor(request.relay) };
    case 'save-cursor':
      store.saveCursor(request.relay, request.position);
      return { type: 'done' };
    case 'commit-statements':
      return { type: 'rows', rows: store.commitStatements(request.statements) };
    case 'prune-records':
      return { type: 'number', value: store.pruneRecords(request.before, request.limit) };
    case 'adopt-records':
      return { type: 'number', value: store.adoptRecords(request.limit) };
    case 'close':
      database.close();
      return { type: 'done' };
    default:
      return assertNever(request);
  }
}

port.on('message', (text) => {
  const request = decodeRequest(text);
  let response: Response;
  try {
    response = answer(request);
  } catch (error) {
    const failure = error instanceof BatchFailedError ? error.failure : unexpected(request);
    response = { type: 'failed', failure, message: String(error) };
  }
  port.postMessage(encode(response));
  // After a commit of unknown outcome nothing may be written: what waits is for the next start to
  // find out.
  const isOver = response.type === 'failed' && response.failure === 'outcome-unknown';
  if (request.type === 'close' || isOver) port.close();
});

/**
 * A failed commit that the store did not explain left the connection in doubt; housekeeping can be
 * tried again.
 */
function unexpected(request: Request): 'outcome-unknown' | 'unavailable' {
  return request.type === 'commit' ? 'outcome-unknown' : 'unavailable';
}
