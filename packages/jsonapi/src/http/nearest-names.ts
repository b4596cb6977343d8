import { editDistance } from './edit-distance.ts';

/** The most names that are suggested. */
const MAX_NAMES = 3;
/** A list of at most so many names is quoted whole. */
const SHORT_LIST = 8;
/** Characters. A longer text is no misspelt name; the limit also bounds the cost of comparing. */
const MAX_LENGTH = 60;

/** Where one name contains the other, that counts like so many wrong letters. */
const HOLDING_COST = 2;

/**
 * The candidates that `name` may stand for, at most three, the likeliest first. Case, dashes and
 * underscores don't count. A letter in three may be missing, wrong or in its neighbour's place, or
 * one of the two names contains the other.
 */
export function nearestNames(name: string, candidates: readonly string[]): string[] {
  if (name.length > MAX_LENGTH) return [];
  const ranking = candidates
    .map((candidate) => ({ candidate, cost: costOf(name, candidate) }))
    .filter(({ cost }) => cost !== Number.POSITIVE_INFINITY)
    .sort((one, other) => one.cost - other.cost);
  const most = (ranking[0]?.cost ?? 0) + 1;
  return ranking
    .filter(({ cost }) => cost <= most)
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate);
}

/**
 * The sentence after "… is not known here.": the nearest names, or all of a short list, and where
 * the whole list is. https://jsonapi.org/format/1.1/#query-parameters requires that unknown names
 * are refused, so the refusal must say what is possible.
 */
export function suggestionFor(name: string, candidates: readonly string[]): string {
  return suggestionOf(nearestNames(name, candidates), candidates);
}

/**
 * The words after "… is not known here" where the name can be left out: the nearest names, or the
 * advice to leave it out.
 */
export function suggestionOrRemoval(name: string, candidates: readonly string[]): string {
  const near = nearestNames(name, candidates);
  return `${near.length > 0 ? '.' : '; leave it out.'} ${suggestionOf(near, candidates)}`;
}

function suggestionOf(near: readonly string[], candidates: readonly string[]): string {
  if (near.length > 0) return `Did you mean ${alternatives(near)}? /docs lists all that there are.`;
  return candidates.length <= SHORT_LIST
    ? `Possible are ${candidates.join(', ')}.`
    : '/docs lists those that are.';
}

/** `"a", "b" or "c"`. */
export function alternatives(names: readonly string[]): string {
  const before = names.map((name) => `"${name}"`);
  const last = before.pop() ?? '';
  return before.length === 0 ? last : `${before.join(', ')} or ${last}`;
}

/** Text of a request in quotes, shortened so that an answer may repeat it. */
export function quoted(text: string): string {
  return `"${text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text}"`;
}

function costOf(name: string, candidate: string): number {
  const [one, other] = withoutFamily(plain(name), plain(candidate));
  const longest = Math.max(one.length, other.length);
  const limit = Math.min(Math.max(1, Math.floor(longest / 3)), Math.min(one.length, other.length));
  const distance = editDistance(one, other, limit);
  const holds =
    one.length >= 3 && other.length >= 3 && (one.includes(other) || other.includes(one));
  return Math.min(
    distance <= limit ? distance : Number.POSITIVE_INFINITY,
    holds ? HOLDING_COST : Number.POSITIVE_INFINITY,
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/**
 * Of `filter[a]` and `filter[b]` only `a]` and `b]`: that both are filters makes them no more
 * alike.
 */
function withoutFamily(one: string, other: string): [string, string] {
  const family = one.indexOf('[') + 1;
  const isShared = family > 0 && other.startsWith(one.slice(0, family));
  return isShared ? [one.slice(family), other.slice(family)] : [one, other];
}
