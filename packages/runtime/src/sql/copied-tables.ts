import type { Sql, SqlValue } from './sql.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/** Something for each kind of database. */
export type ByKind<Value> = Readonly<Record<DatabaseKind, Value>>;

/** A row, its values by the names of their columns. */
export type NamedRow = Readonly<Record<string, SqlValue>>;

/**
 * How the rows of a table come from a database of one kind into one of the other. Its columns are
 * read from the databases: all that both kinds have are copied, and one that only one of them has
 * must be named here.
 */
export interface CopiedTable {
  readonly name: string;
  /** The columns by which its rows are read, the same way each time. */
  readonly order: string | ByKind<string>;
  /**
   * Columns that only this kind has, and what a row that comes from the other kind gets in them;
   * undefined for what the database itself gives.
   */
  readonly own?: Partial<ByKind<Readonly<Record<string, SqlValue | undefined>>>>;
  /** What a row of this kind, with its own columns, is without them. As it is when left out. */
  readonly withoutOwn?: Partial<ByKind<(row: NamedRow) => NamedRow>>;
  /**
   * Whether there are rows in it before anything happened: those that migrations or triggers make,
   * or a service that runs. They make way for what is copied.
   */
  readonly isSeeded?: boolean;
  /** How many of its rows are in memory at once; 1,000 when left out. */
  readonly rowsASlice?: number;
}

/** All of a service's data, as both kinds of database keep it. */
export interface DatabaseCopy {
  /** In the order in which they are filled. */
  readonly tables: readonly CopiedTable[];
  /** Tables with nothing that the other kind would miss. */
  readonly uncopied: ByKind<readonly string[]>;
  /** Numbers that each kind keeps in a place of its own. */
  readonly numbers: readonly {
    readonly read: ByKind<Sql>;
    readonly write: ByKind<(value: number) => readonly Sql[]>;
  }[];
  /** What is made of the rows once all of them are there. */
  readonly finish: ByKind<readonly Sql[]>;
  /**
   * Keeps services from writing until the transaction ends, where a file has a lock for it: they
   * lock the rows that every change and all upkeep lock.
   */
  readonly holdWrites: readonly Sql[];
}
