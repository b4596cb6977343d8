import { existsSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

// Loaded into a service by `--import`, in each of its threads. While the file FAULT_FILE exists,
// the first COMMIT meets an I/O error, as from a disk that does not answer. The file says whether
// the transaction is `kept` or `lost`.

const file = process.env['FAULT_FILE'] ?? '';
const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function execOrFail(sql) {
  if (sql.toUpperCase() !== 'COMMIT' || !existsSync(file)) return exec.call(this, sql);
  const outcome = readFileSync(file, 'utf8');
  rmSync(file);
  exec.call(this, outcome === 'kept' ? 'COMMIT' : 'ROLLBACK');
  // SQLITE_IOERR_FSYNC: https://www.sqlite.org/rescode.html#ioerr_fsync
  throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 });
};
