import type { Clock } from '@anaquel/runtime';
import type {
  AskProducts,
  NoProductsAnswer,
  ProductEvent,
  ProductVersion,
} from './ask-products.ts';

/** Who has missed more pages than this begins anew at the end. */
const MAX_PAGES_A_ROUND = 50;

/** The last event that was read. */
interface Place {
  readonly position: number;
  /** Null until it was read: where one begins, only the position is known. */
  readonly identity: string | null;
}

export interface ProductChangesOptions {
  readonly ask: Pick<AskProducts, 'eventsAfter'>;
  readonly clock: Clock;
  /** Told of each change, in order: the product has this version now, or none any more. */
  readonly onChange: (change: ProductVersion) => void;
  /** Told that any product may have changed since it was read, or may be another one. */
  readonly onGap: () => void;
}

export interface ProductChanges {
  /** Reads on to the end. Never rejects; a failure leaves it where it is. */
  catchUp(): Promise<{ readonly ok: true } | NoProductsAnswer>;
  /**
   * Counts how often it began. Of a product that was asked for in an earlier epoch it may have
   * missed a change.
   */
  readonly epoch: number;
  /** All changes of this epoch before this time were told. */
  readonly knownUntilMs: number;
}

/**
 * Follows the feed of Products from its end on. Each request asks for the last event once more:
 * when another is in its place, or none, this is not the log that was followed, since the database
 * of Products was replaced or an older copy restored.
 */
export function createProductChanges(options: ProductChangesOptions): ProductChanges {
  const { ask, clock, onChange, onGap } = options;
  let place: Place | null = null;
  let epoch = 0;
  let knownUntilMs = -Infinity;

  /** Tells of what is new in a page; false when it belongs to another log. */
  function read(events: readonly ProductEvent[], from: Place): boolean {
    if (from.position > 0 && !isAt(from, events[0])) return false;
    for (const event of events) if (event.position > from.position) onChange(event);
    place = events.at(-1) ?? from;
    return true;
  }

  return {
    async catchUp() {
      for (let pages = 0; pages < MAX_PAGES_A_ROUND; pages += 1) {
        const from = place;
        const askedAtMs = clock().getTime();
        const after = from === null ? Number.MAX_SAFE_INTEGER : Math.max(from.position - 1, 0);
        const answer = await ask.eventsAfter(after);
        if (!answer.ok) return answer;
        const { events, head } = answer;
        if (from === null) {
          place = { position: head, identity: null };
          epoch += 1;
          continue;
        }
        if (!read(events, from)) break;
        if ((place?.position ?? 0) < head) continue;
        knownUntilMs = askedAtMs;
        return answer;
      }
      place = null;
      epoch += 1;
      onGap();
      return { ok: true };
    },
    get epoch() {
      return epoch;
    },
    get knownUntilMs() {
      return knownUntilMs;
    },
  };
}

function isAt({ position, identity }: Place, event: Place | undefined): boolean {
  return event?.position === position && (identity === null || event.identity === identity);
}
