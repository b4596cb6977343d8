import { databaseName, parseDatabaseUrl, StartupError } from '@anaquel/runtime';
import type { ServiceName } from '../../services/manifest.ts';
import type { CopyEnds } from '../migrate-call.ts';
import { projectFolder, type DatabasePlace, type Settings } from '../settings.ts';
import { copyData } from './copy-data.ts';
import type { Progress } from './copy-rows.ts';

const TELL_EVERY_MS = 2_000;

/**
 * Copies the database of a service and tells how far it is. In the end the ledgers on both sides
 * are replayed.
 */
export async function runCopy(
  service: ServiceName,
  ends: CopyEnds,
  { services }: Settings,
): Promise<void> {
  const from = placeOf('--from', ends.from, services[service]);
  const to = placeOf('--to', ends.to, services[service]);
  const rows = await copyData(service, from, to, createTeller(service));
  console.log(`${service}: copied ${rows} rows to ${databaseName(to.database)}`);
  if (service === 'inventory') await compareLedgers(from, to);
}

function placeOf(option: string, url: string | undefined, fallback: DatabasePlace): DatabasePlace {
  if (url === undefined) return fallback;
  const database = parseDatabaseUrl(url, projectFolder);
  if ('error' in database) throw new StartupError(`${option} ${database.error}`);
  return { database, databaseSetting: option };
}

/** A line for each table, and one now and then of a table that takes long. */
function createTeller(service: ServiceName): (progress: Progress) => void {
  let toldAt = performance.now();
  return ({ table, done, total }) => {
    if (done < total && performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    console.log(`${service}: ${table}, ${done} of ${total}`);
  };
}

async function compareLedgers(from: DatabasePlace, to: DatabasePlace): Promise<void> {
  const { verifyLedger } = await import('../verify-ledger.ts');
  const there = await verifyLedger(from.database);
  const here = await verifyLedger(to.database);
  for (const line of here.lines) console.log(line);
  if (there.lines.join() !== here.lines.join())
    throw new StartupError('The ledger that was copied says something else: do not use the copy.');
  if (!here.clean) process.exitCode = 1;
}
