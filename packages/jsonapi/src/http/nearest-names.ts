/** At most so many names are suggested. */
const MAX_NAMES = 3;
/** A list of so many names is told whole. */
const SHORT_LIST = 8;
/** Characters. What is longer is no slip of a name; it also bounds what comparing costs. */
const MAX_LENGTH = 60;

/** That one name holds the other counts like so many wrong letters. */
const HOLDING_COST = 2;

/**
 * Those of `known` that may have been meant by `name`, at most three, the likeliest first: whatever the case, dashes and
 * underscores, with a letter in three missing, wrong or in its neighbour's place; or one of the two holds the other.
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
 * What to say after "… is not known here.": the nearest names, or all of a short list, and where the whole list is.
 * https://jsonapi.org/format/1.1/#query-parameters asks that unknown names be refused, so the refusal has to lead on.
 */
export function instead(name: string, known: readonly string[]): string {
  const near = nearestNames(name, known);
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
  const distance = distanceWithin(one, other, limit);
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

/** Of `filter[a]` and `filter[b]` only `a]` and `b]`: that both are filters makes them no more alike. */
function withoutFamily(one: string, other: string): [string, string] {
  const family = one.indexOf('[') + 1;
  const isShared = family > 0 && other.startsWith(one.slice(0, family));
  return isShared ? [one.slice(family), other.slice(family)] : [one, other];
}

/**
 * How many letters are missing, wrong or in their neighbour's place (optimal string alignment); more than `limit` when it is
 * more than that.
 */
function distanceWithin(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1;
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + differs,
      );
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && isSwap) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, last] = [last, next];
  }
  return last[other.length] ?? 0;
}
