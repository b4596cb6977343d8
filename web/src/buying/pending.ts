import { shallowReactive } from 'vue';
import { isJson } from '../api/index.ts';
import { readStored, store } from '../stores/storage.ts';

/** A change that was sent, and whose outcome is not known. */
export interface Pending {
  readonly key: string;
  readonly request: unknown;
  /** Whether it, or one before it with the same key, may have been carried out. */
  readonly mayHaveHappened: boolean;
  readonly sentAtMs: number;
  /** The session that sent it: its key means nothing to the services under another. */
  readonly visit: string | null;
}

const NAME = 'anaquel.pending';
const VISIT = 'anaquel.visit';
/** The services keep keys for 24 hours at least. */
const KEYS_LAST_MS = 23 * 3_600_000;

/** What this window waits to learn of, by the name of its attempt; kept over reloads. */
export const pending = shallowReactive(new Map<string, Pending>(readPending()));

/** Those of them that are on their way now. */
export const inFlight = shallowReactive(new Set<string>());

export function keepPending(name: string, one: Pending | null): void {
  if (one === null) pending.delete(name);
  else pending.set(name, one);
  store(sessionStorage, NAME, pending.size > 0 ? [...pending] : null);
}

/** The session of this browser, as far as it matters to keys. */
export function presentVisit(): string | null {
  const visit = readStored(localStorage, VISIT);
  return typeof visit === 'string' ? visit : null;
}

/** After signing in or out: another owner, to whom the keys of before are new ones. */
export function beginVisit(id: string): void {
  store(localStorage, VISIT, id);
}

/** Whether sending it again, with its key, still happens once at most. */
export function isRepeatable({ visit, sentAtMs }: Pending): boolean {
  return visit === presentVisit() && Date.now() - sentAtMs < KEYS_LAST_MS;
}

function readPending(): [string, Pending][] {
  const stored = readStored(sessionStorage, NAME);
  return Array.isArray(stored) ? stored.filter(isEntry) : [];
}

function isEntry(entry: unknown): entry is [string, Pending] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const one: unknown = entry[1];
  return isJson(one) && typeof one['key'] === 'string' && 'request' in one;
}
