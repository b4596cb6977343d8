import { workerData } from 'node:worker_threads';
import { createSqliteConnection, openSqlite, serveReads } from '@anaquel/runtime/sql';
import { createProductLists } from '../sql/product-list.ts';
import { sqliteProductSql } from './product-sql.ts';

// The thread that searches, with a connection of its own.

/**
 * Of the file's pages in memory. A search among 100,000 products reads pages from all over the
 * tables of words: with a quarter of this it takes a tenth longer, with twice as much no less.
 */
const CACHE_KIB = 16 * 1024;

const { path } = workerData as { path: string };
const database = openSqlite(path, { readOnly: true });
database.exec(`PRAGMA cache_size=-${CACHE_KIB}`);
serveReads({ list: createProductLists(createSqliteConnection(database), sqliteProductSql) });
