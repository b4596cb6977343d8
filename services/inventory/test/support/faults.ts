import { STORE } from './ledger-place.ts';
import { FAULT, NO_FAULT, refusalOf as sqliteRefusal } from './sqlite-store.ts';

// What a test does to the table of movements, in the words of the database that it runs on.

interface Faults {
  /** From now on every write fails, and the data is not to blame. */
  readonly fail: readonly string[];
  /** From now on a write takes some tenths of a second, as on a slow disk. */
  readonly hang: readonly string[];
  /** Takes back both. */
  readonly heal: readonly string[];
}

const SQLITE: Faults = {
  fail: [FAULT],
  hang: [
    `CREATE TRIGGER fault BEFORE INSERT ON movements BEGIN
    SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT i FROM n); END`,
  ],
  heal: [NO_FAULT],
};

const POSTGRES: Faults = {
  fail: triggerOn(`raise exception 'no space is left' using errcode = '53100'`),
  hang: triggerOn('perform pg_sleep(0.3)'),
  heal: ['DROP FUNCTION fault CASCADE'],
};

function triggerOn(statement: string): string[] {
  return [
    `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${statement}; RETURN new; END $$`,
    'CREATE TRIGGER fault BEFORE INSERT ON movements FOR EACH ROW EXECUTE FUNCTION fault()',
  ];
}

export const FAULTS = STORE === 'sqlite' ? SQLITE : POSTGRES;

/** From now on movements with this reason are refused, as is data that breaks a constraint. */
export function refusalOf(reason: string): string {
  return STORE === 'sqlite'
    ? sqliteRefusal(reason)
    : `ALTER TABLE movements ADD CONSTRAINT refuse_${reason} CHECK (reason <> '${reason}')`;
}
