import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  column,
  createSqliteConnection,
  flag,
  joinSql,
  json,
  optional,
  pairOf,
  rowCodec,
  select,
  sql,
  valueList,
  valuesOf,
  withParameters,
  type Query,
  type SqliteConnection,
} from '../src/sql/index.ts';

describe('sql', () => {
  test('puts SQL pieces into its text, and everything else into its values', () => {
    const name = `'; drop table items; --`;
    const condition = sql`name = ${name} and is_new = ${true}`;
    expect(sql`select ${sql`id`} from items where ${condition} limit ${5}`).toEqual({
      text: 'select id from items where name = ? and is_new = ? limit ?',
      values: [name, 1, 5],
    });
  });

  test('gives one template different texts for different pieces', () => {
    const query = (...columns: string[]) => {
      const pieces = columns.map((name) => ({ text: name, values: [] }));
      return sql`select ${joinSql(pieces, ', ')} from items where id in ${valueList([1, 2, 3])}`;
    };
    expect(query('a', 'b').text).toBe('select a, b from items where id in (?, ?, ?, ?)');
    expect(query('c').text).toBe('select c from items where id in (?, ?, ?, ?)');
    expect(query('a', 'b').values).toEqual([1, 2, 3, 3]);
    const either = (limit: number | ReturnType<typeof sql>) => sql`limit ${limit}`;
    expect(either(1).text).toBe('limit ?');
    expect(either(sql`all`).text).toBe('limit all');
  });

  test('refuses a template with a placeholder of its own', () => {
    expect(() => sql`select * from items where id = ? and name = ${'a'}`).toThrow(TypeError);
  });

  test('refuses a value where each use of a statement gives the values', () => {
    expect(() => withParameters<[id: number]>((id) => sql`select ${id} + ${1}`)).toThrow(TypeError);
  });
});

interface Item {
  readonly id: number;
  readonly name: string | null;
  readonly isNew: boolean;
  readonly tags: readonly string[];
}

const ITEM = rowCodec<Item>({
  id: column('id'),
  name: column('name'),
  isNew: flag('is_new'),
  tags: json('tags'),
});
const ITEM_AND_NOTE = pairOf(
  ITEM.of('i'),
  optional(rowCodec<{ text: string }>({ text: column('n.text') })),
);

describe('on a connection', () => {
  let database: DatabaseSync;
  let connection: SqliteConnection;
  const mug: Item = { id: 1, name: 'Mug', isNew: true, tags: ['a', 'b'] };
  const cup: Item = { id: 2, name: null, isNew: false, tags: [] };

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec(`
      CREATE TABLE items (tags TEXT, id INTEGER PRIMARY KEY, is_new INTEGER, name TEXT) STRICT;
      CREATE TABLE notes (item INTEGER, text TEXT) STRICT`);
    connection = createSqliteConnection(database);
    for (const item of [mug, cup])
      connection.run(sql`insert into items (${ITEM.columns}) values (${ITEM.values(item)})`);
  });
  afterEach(() => database.close());

  test('a codec reads back what it writes, in any order of the columns', () => {
    const all = select(ITEM)`from items order by id`;
    expect(connection.all(all)).toEqual([mug, cup]);
    expect([...connection.each(all)]).toEqual([mug, cup]);
    expect(connection.first(select(ITEM)`from items where id = ${2}`)).toEqual(cup);
    expect(connection.first(select(ITEM)`from items where id = ${3}`)).toBeUndefined();
    const renamed = { ...cup, name: 'Cup', tags: ['c'] };
    connection.run(sql`update items set ${ITEM.assignments(renamed)} where id = ${2}`);
    expect(connection.all(all)).toEqual([mug, renamed]);
  });

  test('a statement with parameters takes its values at each use, in any order of its text', () => {
    const named = withParameters<[id: number, name: string], Query<Item>>(
      (id, name) => select(ITEM)`from items where name = ${name} and id in (${id}, ${id} + 1)`,
    );
    expect(connection.first(named(1, 'Mug'))).toEqual(mug);
    expect(connection.first(named(0, 'Mug'))).toEqual(mug);
    expect(connection.first(named(2, 'Mug'))).toBeUndefined();
    const rename = withParameters<[id: number, name: string]>(
      (id, name) => sql`update items set name = ${name} where id = ${id}`,
    );
    connection.run(rename(2, 'Cup'));
    expect(connection.first(named(2, 'Cup'))).toEqual({ ...cup, name: 'Cup' });
  });

  test('readers of one row can be combined', () => {
    connection.run(sql`insert into notes (item, text) values (${2}, ${'chipped'})`);
    const reader = pairOf(ITEM_AND_NOTE, valuesOf([sql`i.id + ${10}`, sql`'x'`]));
    const query = select(reader)`from items i left join notes n on n.item = i.id order by i.id`;
    expect(connection.all(query)).toEqual([
      [
        [mug, null],
        [11, 'x'],
      ],
      [
        [cup, { text: 'chipped' }],
        [12, 'x'],
      ],
    ]);
  });

  test('`each` continues while the same query runs again', () => {
    const all = select(ITEM)`from items order by id`;
    const ids: number[] = [];
    for (const { id } of connection.each(all)) {
      ids.push(id);
      expect(connection.all(all)).toHaveLength(2);
    }
    expect(ids).toEqual([1, 2]);
  });

  test('values that SQLite would turn into NULL are refused', () => {
    expect(() => connection.rows(sql`select ${Number.NaN}`)).toThrow(/can't be bound/);
  });

  test('thousands of different statements exhaust no resource', () => {
    for (let index = 0; index < 2_000; index += 1)
      expect(connection.number({ text: `select ${index}`, values: [] })).toBe(index);
  });
});
