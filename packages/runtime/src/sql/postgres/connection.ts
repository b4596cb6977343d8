import type { Query, Row } from '../row-codec.ts';
import type { SqlConnection } from '../sql-connection.ts';
import type { Sql } from '../sql.ts';
import { withDollars } from './placeholders.ts';
import type { Session } from './session.ts';
import { checkValues } from './values.ts';

/** Runs SQL on one connection. */
export interface PostgresConnection extends SqlConnection {
  first<Item>(query: Query<Item>): Promise<Item | undefined>;
  all<Item>(query: Query<Item>): Promise<Item[]>;
  rows(query: Sql): Promise<readonly Row[]>;
  number(query: Sql): Promise<number>;
  run(statement: Sql): Promise<void>;
}

/** A connection whose statements go to `send`, which gives their rows. */
export function createPostgresConnection(
  send: (statement: Sql) => Promise<readonly Row[]>,
): PostgresConnection {
  return {
    async first(query) {
      const [row] = await send(query);
      return row && query.read(row, 0);
    },
    async all(query) {
      return (await send(query)).map((row) => query.read(row, 0));
    },
    rows: send,
    async number(query) {
      return Number((await send(query))[0]?.[0]);
    },
    async run(statement) {
      await send(statement);
    },
  };
}

export function connectionOn(session: Session): PostgresConnection {
  return createPostgresConnection(async ({ text, values }) => {
    checkValues(values);
    return (await session.send(withDollars(text), values)).rows;
  });
}
