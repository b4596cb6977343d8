import { DatabaseSync } from 'node:sqlite';

// Loaded into a service by `--import`. Commits don't wait for the disk, although the service set
// synchronous=FULL and read it back.

const { exec } = DatabaseSync.prototype;
const changed = new WeakSet<DatabaseSync>();

DatabaseSync.prototype.exec = function weakened(sql) {
  if (sql.startsWith('BEGIN') && !changed.has(this)) {
    changed.add(this);
    exec.call(this, 'PRAGMA synchronous=NORMAL');
  }
  exec.call(this, sql);
};
