import { workerData } from 'node:worker_threads';
import { createSqliteConnection, openSqlite, serveReads } from '@anaquel/runtime/sql';
import { createLedgerLists } from './ledger-lists.ts';

// The thread that searches, with a connection of its own.

const { path } = workerData as { path: string };
const database = openSqlite(path, { readOnly: true });
serveReads(createLedgerLists(path, createSqliteConnection(database)), ['salesSummaries']);
