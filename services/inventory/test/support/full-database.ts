import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

// Loaded before the service. While a file exists, the database has no free page, and SQLite reports
// a full disk.

const flag = process.env['FULL_WHILE_THERE_IS'] ?? '';
const SQLITE_MAX_PAGES = 4_294_967_294;
const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function limited(this: DatabaseSync, sql: string): void {
  if (sql === 'BEGIN IMMEDIATE') {
    // SQLite never sets the limit below the present size.
    const pages = existsSync(flag) ? 1 : SQLITE_MAX_PAGES;
    exec.call(this, `PRAGMA max_page_count = ${pages}`);
  }
  exec.call(this, sql);
};
