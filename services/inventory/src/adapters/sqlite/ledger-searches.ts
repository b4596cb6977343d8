import { startReaderThread, type SqliteConnection } from '@anaquel/runtime/sql';
import { namesProducts } from '../sql/lists/level-list.ts';
import { isAtHand } from '../sql/lists/movement-list.ts';
import { createLedgerLists, type LedgerLists } from './ledger-lists.ts';
import { readHead } from './ledger-queries.ts';

/** All rows of a ledger with so many movements are looked through in a millisecond. */
const FEW_MOVEMENTS = 1_000;

export interface LedgerSearches extends LedgerLists {
  close(): Promise<void>;
}

/**
 * Lists and audits that delay no sale: what may take longer than a message to another thread takes
 * is done there.
 *
 * @param onDeath called when the thread died; it starts again
 */
export function startLedgerSearches(
  path: string,
  reads: SqliteConnection,
  onDeath: (error: unknown) => void,
): LedgerSearches {
  const here = createLedgerLists(path, reads);
  const module = new URL('./ledger-searches-worker.ts', import.meta.url);
  const thread = startReaderThread<LedgerLists>({ module, path, unhurried: ['audit'], onDeath });
  const there: LedgerLists = {
    levels: (...args) => thread.ask('levels', ...args),
    levelBefores: (...args) => thread.ask('levelBefores', ...args),
    movements: (...args) => thread.ask('movements', ...args),
    purchases: (...args) => thread.ask('purchases', ...args),
    reservations: (...args) => thread.ask('reservations', ...args),
    salesSummaries: (request) => thread.ask('salesSummaries', request),
    audit: () => thread.ask('audit'),
  };
  const placeFor = (isQuick = false): LedgerLists =>
    isQuick || readHead(reads) <= FEW_MOVEMENTS ? here : there;
  return {
    levels: (request, context) =>
      placeFor(request.filters.some(namesProducts)).levels(request, context),
    levelBefores: (...args) => placeFor().levelBefores(...args),
    movements: (request) => placeFor(isAtHand(request)).movements(request),
    purchases: (...args) => placeFor().purchases(...args),
    reservations: (...args) => placeFor().reservations(...args),
    salesSummaries: (request) => placeFor().salesSummaries(request),
    audit: () => placeFor().audit(),
    close: () => thread.close(),
  };
}
