import { existsSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

// Loaded into a service by `--import`, in each of its threads. While the file FAULT_FILE exists,
// the first COMMIT of any change meets an I/O error, as from a disk that does not answer. The file
// says whether the transaction is `kept` or `lost`.

const file = process.env['FAULT_FILE'] ?? '';
const { exec } = DatabaseSync.prototype;
/** How many rows a connection had changed when its transaction began. */
const changesBefore = new WeakMap<DatabaseSync, number>();

DatabaseSync.prototype.exec = function execOrFail(sql) {
  if (/^BEGIN/i.test(sql)) changesBefore.set(this, changesOf(this));
  const isCommit = sql.toUpperCase() === 'COMMIT' && existsSync(file);
  // Such as upkeep that finds nothing to do.
  if (!isCommit || changesOf(this) === changesBefore.get(this)) return exec.call(this, sql);
  const outcome = readFileSync(file, 'utf8');
  rmSync(file);
  exec.call(this, outcome === 'kept' ? 'COMMIT' : 'ROLLBACK');
  // SQLITE_IOERR_FSYNC: https://www.sqlite.org/rescode.html#ioerr_fsync
  throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 });
};

function changesOf(database: DatabaseSync): number {
  return Number(database.prepare('SELECT total_changes() AS count').get()?.['count']);
}
