import type { Connection } from 'pg';
import type { Row } from '../row-codec.ts';
import type { SqlValue } from '../sql.ts';
import { readerOf } from './values.ts';

/** What came of a statement. */
export interface Answer {
  readonly command: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** A statement of a packet. */
export interface PacketStatement {
  /** With PostgreSQL's placeholders. */
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** By which the server keeps it; empty for none. */
  readonly name: string;
  readonly answer: PromiseWithResolvers<Answer>;
}

interface ReadColumn {
  readonly name: string;
  readonly read: (text: string) => SqlValue;
}

/** What the server keeps of a connection: the columns that each statement gives, by its name. */
export type KeptStatements = Map<string, readonly ReadColumn[]>;

/**
 * Statements as one query of node-postgres. Left to itself it ends each with a Sync of its own,
 * which the server answers at once, and both sides wake up for it. Here one Sync ends all: after a
 * statement that fails, the server carries out none of the others, and they fail with it.
 *
 * https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export function createPacket(statements: readonly PacketStatement[], kept: KeptStatements) {
  const answers: Answer[] = [];
  /** Of the statement that the server answers now. */
  let columns: readonly ReadColumn[] | null = null;
  let rows: Row[] = [];

  const current = (): PacketStatement | undefined => statements[answers.length];
  const columnsNow = () => (columns ??= kept.get(current()?.name ?? '') ?? []);

  function end(command: string): void {
    const name = current()?.name ?? '';
    if (name !== '') kept.set(name, columnsNow());
    answers.push({ command, columns: columnsNow().map((column) => column.name), rows });
    columns = null;
    rows = [];
  }

  function answerAll(): void {
    for (const [index, answer] of answers.entries()) statements[index]?.answer.resolve(answer);
  }

  // By the names that node-postgres calls.
  return {
    submit(connection: Connection): null {
      connection.stream.cork();
      for (const statement of statements) write(connection, statement, kept.has(statement.name));
      connection.sync();
      connection.stream.uncork();
      return null;
    },
    handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
      columns = fields.map(({ name, dataTypeID }) => ({ name, read: readerOf(dataTypeID) }));
    },
    handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
      try {
        rows.push(readRow(fields, columnsNow()));
      } catch (error) {
        current()?.answer.reject(error);
      }
    },
    handleCommandComplete: ({ text }: { readonly text: string }) =>
      end(text.split(' ', 1)[0] ?? ''),
    handleEmptyQuery: () => end(''),
    /** The server refused a statement, or the connection is lost. */
    handleError(error: unknown): void {
      // What fails after all were carried out is the end of the last one.
      if (answers.length === statements.length) answers.pop();
      answerAll();
      for (const { answer } of statements.slice(answers.length)) answer.reject(error);
    },
    handleReadyForQuery: answerAll,
  };
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

function write(connection: Connection, statement: PacketStatement, isKept: boolean): void {
  const { name, text, values } = statement;
  if (!isKept) {
    // A packet that failed may have left it.
    if (name !== '') connection.close({ type: 'S', name }, true);
    connection.parse({ name, text, types: [] }, true);
  }
  const texts = values.map((value) => (value === null ? null : String(value)));
  connection.bind({ statement: name, values: texts }, true);
  if (!isKept) connection.describe({ type: 'P' }, true);
  connection.execute(null, true);
}

function readRow(fields: readonly (string | null)[], columns: readonly ReadColumn[]): Row {
  return fields.map((text, index) => (text === null ? null : (columns[index]?.read(text) ?? text)));
}
