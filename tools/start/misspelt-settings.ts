import type { Environment } from '@anaquel/runtime';

const MOST_EDITS = 2;

/** Short names are too near to too many others. */
function editsAllowed(name: string): number {
  return name.length >= 8 ? MOST_EDITS : name.length >= 5 ? 1 : 0;
}

/** A line for each variable that has a value and looks like a setting without being one. */
export function misspeltSettings(environment: Environment, known: ReadonlySet<string>): string[] {
  return Object.keys(environment)
    .filter((name) => environment[name] && !known.has(name))
    .flatMap((name) => {
      const meant = nearestOf(name, known);
      return meant === null ? [] : [`${name} is no setting and has no effect: is ${meant} meant?`];
    });
}

/** The known name that differs from `name` in case and separators alone, or in few letters; null when none does. */
function nearestOf(name: string, known: Iterable<string>): string | null {
  const letters = lettersOf(name);
  let nearest: string | null = null;
  let fewest = MOST_EDITS + 1;
  for (const candidate of known) {
    const others = lettersOf(candidate);
    if (others === letters) return candidate;
    const edits = editsBetween(letters, others);
    if (edits > editsAllowed(others) || edits >= fewest) continue;
    fewest = edits;
    nearest = candidate;
  }
  return nearest;
}

function lettersOf(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Whether two words differ in at most two letters. */
export function isNear(one: string, two: string): boolean {
  return editsBetween(one, two) <= MOST_EDITS;
}

/** How many letters to add, drop, replace or swap with their neighbour; stops counting beyond `MOST_EDITS`. */
function editsBetween(one: string, two: string): number {
  if (Math.abs(one.length - two.length) > MOST_EDITS) return MOST_EDITS + 1;
  let before: number[] = [];
  let above = Array.from({ length: two.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= two.length; column += 1) {
      const isSame = one[row - 1] === two[column - 1];
      let edits = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = one[row - 1] === two[column - 2] && one[row - 2] === two[column - 1];
      if (isSwap) edits = Math.min(edits, (before[column - 2] ?? edits) + 1);
      current.push(edits);
    }
    before = above;
    above = current;
  }
  return above[two.length] ?? 0;
}
