import { editDistance } from './edit-distance.ts';

/** At most so many names are suggested. */
const MAX_NAMES = 3;
/** A list of so many names is told whole. */
const SHORT_LIST = 8;
/** Characters. What is longer is no slip of a name; it also bounds what comparing costs. */
const MAX_LENGTH = 60;

/** That one name holds the other counts like so many wrong letters. */
const HOLDING_COST = 2;

/**
 * Those of `known` that may have been meant by `name`, at most three, the likeliest first: whatever
 * the case, dashes and underscores, with a letter in three missing, wrong or in its neighbour's
 * place; or one of the two holds the other.
 */
export function nearestNames(name: string, known: readonly string[]): string[] {
  if (name.length > MAX_LENGTH) return [];
  const ranked = known
    .map((candidate) => ({ candidate, cost: costOf(name, candidate) }))
    .filter(({ cost }) => cost !== Number.POSITIVE_INFINITY)
    .sort((one, other) => one.cost - other.cost);
  const most = (ranked[0]?.cost ?? 0) + 1;
  return ranked
    .filter(({ cost }) => cost <= most)
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate);
}

/**
 * What to say after "… is not known here.": the nearest names, or all of a short list, and where
 * the whole list is. https://jsonapi.org/format/1.1/#query-parameters asks that unknown names be
 * refused, so the refusal has to lead on.
 */
export function suggestionFor(name: string, known: readonly string[]): string {
  return suggestionOf(nearestNames(name, known), known);
}

/**
 * What to say after "… is not known here" of what can be left out: to do so, unless another name
 * may have been meant.
 */
export function suggestionOrRemoval(name: string, known: readonly string[]): string {
  const near = nearestNames(name, known);
  return `${near.length > 0 ? '.' : '; leave it out.'} ${suggestionOf(near, known)}`;
}

function suggestionOf(near: readonly string[], known: readonly string[]): string {
  if (near.length > 0) return `Did you mean ${alternatives(near)}? /docs lists all that there are.`;
  return known.length <= SHORT_LIST
    ? `Possible are ${known.join(', ')}.`
    : '/docs lists those that are.';
}

/** `"a", "b" or "c"`. */
export function alternatives(names: readonly string[]): string {
  const before = names.map((name) => `"${name}"`);
  const last = before.pop() ?? '';
  return before.length === 0 ? last : `${before.join(', ')} or ${last}`;
}

/** Text of a request as an answer may repeat it. */
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
