import { databaseName, StartupError } from '@anaquel/runtime';
import { isLeaseHeld, type Postgres } from '@anaquel/runtime/postgres';
import { sql } from '@anaquel/runtime/sql';
import type { ServiceName } from '../../services/manifest.ts';
import { assertProgram, startProgram, type RunningProgram } from '../postgres-programs.ts';
import { withPostgres, type PostgresPlace } from '../with-postgres.ts';
import { DatabaseThereError, type Restoration } from './restoration.ts';

const DONE = 'all of it is here';

/**
 * After what pg_dump kept: another log, whose relays begin anew, and no service that runs. The
 * script of pg_restore leaves no schema to look in.
 */
const AFTERWARDS = `
  RESET search_path;
  UPDATE log SET id = replace(cast(gen_random_uuid() AS text), '-', '');
  DELETE FROM relay_cursors;
  UPDATE leases SET holder = '', until_ms = 0;
  SELECT '${DONE}';
`;

/**
 * Puts an archive of pg_dump into an empty database, in a transaction that is open until it is
 * published: when this process is killed, nothing of it is there.
 *
 * @throws StartupError when the database isn't empty, or it can't be done.
 */
export async function restoreDump(
  service: ServiceName,
  from: string,
  place: PostgresPlace,
): Promise<Restoration> {
  const { url } = place;
  const name = databaseName({ kind: 'postgres', url });
  const schema = await withPostgres(service, place, (database) =>
    assertEmpty(service, database, name),
  );
  // Neither reads files of its own settings, and the first error ends it.
  const psql = startProgram('psql', ['-XqAt', '-w', '-v', 'ON_ERROR_STOP=1'], url);
  const done = readUntilDone(psql);
  try {
    psql.child.stdin.write('BEGIN;\n');
    await pass(from, schema, psql);
    psql.child.stdin.write(AFTERWARDS);
    await Promise.race([done, psql.ended]);
  } catch (error) {
    await rollBack(psql);
    throw nothingDone(name, error);
  }
  return {
    async publish() {
      psql.child.stdin.end('COMMIT;\n');
      await psql.ended;
    },
    end: () => rollBack(psql),
  };
}

/** A transaction that is open when its input ends is rolled back; one that was committed is not. */
async function rollBack({ child, ended }: RunningProgram): Promise<void> {
  child.stdin.end();
  await ended.catch(() => {});
}

/** Gives the schema that its tables are to be in. */
async function assertEmpty(
  service: ServiceName,
  database: Postgres,
  name: string,
): Promise<string> {
  for (const program of ['pg_restore', 'psql'] as const) await assertProgram(program, database);
  const tables = await database.reads.number(sql`select count(*) from information_schema.tables
    where table_schema = current_schema()`);
  if (tables > 0 && (await isLeaseHeld(database.reads)))
    throw new StartupError(
      `The ${service} service runs on ${name}: stop it first. Nothing was restored.`,
    );
  if (tables > 0)
    throw new DatabaseThereError(
      `There are tables in ${name} already. Make the database anew, or name another, empty one. Nothing was restored.`,
    );
  const [[schema] = []] = await database.reads.rows(sql`select current_schema()`);
  return String(schema);
}

/** Gives psql the statements that make what the archive has. */
async function pass(file: string, schema: string, psql: RunningProgram): Promise<void> {
  const args = ['--no-owner', '--no-privileges', `--schema=${schema}`, '--file=-', file];
  const restore = startProgram('pg_restore', args);
  restore.child.stdin.end();
  restore.child.stdout.pipe(psql.child.stdin, { end: false });
  // When psql has ended there is nobody to read on.
  psql.ended.catch(() => restore.child.kill());
  await Promise.race([restore.ended, psql.ended.then(() => restore.ended)]);
}

/** Resolves when the last of the statements was carried out. */
function readUntilDone({ child }: RunningProgram): Promise<void> {
  let output = '';
  return new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      // Whatever is printed before, this comes last.
      output = (output + text).slice(-DONE.length * 2);
      if (output.includes(DONE)) resolve();
    });
  });
}

function nothingDone(name: string, error: unknown): unknown {
  if (!(error instanceof StartupError)) return error;
  return new StartupError(`Nothing was restored to ${name}: ${error.message}`, { cause: error });
}
