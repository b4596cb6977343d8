import { DatabaseSync } from 'node:sqlite';

// Loaded into a service by `--import`: commits no longer wait for the disk, although the service
// asked for it and, as it opened the database, was told so.

const { exec } = DatabaseSync.prototype;
const changed = new WeakSet<DatabaseSync>();

DatabaseSync.prototype.exec = function weakened(sql) {
  if (sql.startsWith('BEGIN') && !changed.has(this)) {
    changed.add(this);
    exec.call(this, 'PRAGMA synchronous=NORMAL');
  }
  exec.call(this, sql);
};
