import { constants, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteConnection, sql, type Sql, type SqliteConnection } from '../src/sql/index.ts';

let database: DatabaseSync;
let connection: SqliteConnection;
let asked: number;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec(`CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    CREATE INDEX things_name ON things (name);
    INSERT INTO things (name) VALUES ('hammer'), ('nail'), ('screw')`);
  connection = createSqliteConnection(database);
  asked = 0;
  database.setAuthorizer(() => {
    asked += 1;
    return constants.SQLITE_OK;
  });
});

afterEach(() => database.close());

/** Whether it prepares a statement: then SQLite asks what is allowed. */
function prepares(work: () => void): boolean {
  const before = asked;
  work();
  return asked > before;
}

const page = (name: string, limit: number, offset: number): Sql => sql`select name from things
  where name like ${`%${name}%`} escape '\\' order by name limit ${limit} offset ${offset}`;

test('gives the rows of a page whose bounds and pattern are values', () => {
  expect(connection.rows(page('', 2, 0))).toEqual([['hammer'], ['nail']]);
  expect(connection.rows(page('', 2, 2))).toEqual([['screw']]);
  expect(connection.rows(page('a', 5, 0))).toEqual([['hammer'], ['nail']]);
});

test.each<[string, (value: number) => Sql]>([
  ['a limit', (limit) => sql`select id from things order by id limit ${limit}`],
  ['a limit and an offset', (offset) => page('', 3, offset)],
  ['a pattern', (name) => page(String(name), 1, 0)],
  [
    'a limit of a query within',
    (limit) => sql`select (select max(id)
    from (select id from things limit ${limit})) as id`,
  ],
])('prepares a query with %s once, whatever its values', (_, query) => {
  expect(prepares(() => connection.rows(query(1)))).toBe(true);
  expect(prepares(() => [1, 2, 1].map((value) => connection.rows(query(value))))).toBe(false);
});
