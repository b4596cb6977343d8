import { editDistance } from '@anaquel/jsonapi';
import type { Environment } from '@anaquel/runtime';

const MOST_EDITS = 2;
/** Of other programs, and near to names of ours. */
const NAMES_OF_OTHERS: ReadonlySet<string> = new Set(['SSL_CERT_FILE']);

/** Short names are too near to too many others. */
function editsAllowed(name: string): number {
  return name.length >= 8 ? MOST_EDITS : name.length >= 5 ? 1 : 0;
}

/** A line for each variable that has a value and looks like a setting without being one. */
export function misspeltSettings(
  environment: Environment,
  settingNames: ReadonlySet<string>,
): string[] {
  return Object.keys(environment)
    .filter((name) => environment[name] && !settingNames.has(name) && !NAMES_OF_OTHERS.has(name))
    .flatMap((name) => {
      const meant = nearestOf(name, settingNames);
      return meant === null ? [] : [`${name} is no setting and has no effect: is ${meant} meant?`];
    });
}

/**
 * The known name that differs from `name` in case and separators alone, or in few letters; null
 * when none does.
 */
function nearestOf(name: string, settingNames: Iterable<string>): string | null {
  const letters = lettersOf(name);
  let nearest: string | null = null;
  let fewest = MOST_EDITS + 1;
  for (const candidate of settingNames) {
    const others = lettersOf(candidate);
    if (others === letters) return candidate;
    const edits = editDistance(letters, others, MOST_EDITS);
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
  return editDistance(one, two, MOST_EDITS) <= MOST_EDITS;
}
