import type { FastifyBaseLogger } from 'fastify';
import type { Scope } from './keys.ts';

/**
 * A key of so many characters can't be guessed, whatever letters it is made of, as long as they are
 * random.
 */
const SHORTEST_GOOD_KEY = 20;

interface WeakSettings {
  /** Keys by the names of their settings. */
  readonly keys: Readonly<Record<string, string>>;
  /** What a caller without a key may do. */
  readonly anonymousScopes?: readonly Scope[];
  /** What anybody may do without harm. */
  readonly publicScopes?: readonly Scope[];
  /** What the reader of the settings found. */
  readonly settingWarnings: readonly string[];
}

/**
 * Says at each start which settings work but make it easy for strangers, and what would be better.
 * Never the value of a key.
 */
export function warnOfWeakSettings(
  log: Pick<FastifyBaseLogger, 'warn'>,
  { keys, anonymousScopes = [], publicScopes = [], settingWarnings }: WeakSettings,
): void {
  for (const warning of settingWarnings) log.warn(warning);
  for (const [name, key] of Object.entries(keys)) {
    if (key.length < SHORTEST_GOOD_KEY)
      log.warn(
        `${name} has fewer than ${SHORTEST_GOOD_KEY} characters and can be guessed. Make a good one with: openssl rand -base64 32`,
      );
  }
  const open = anonymousScopes.filter((scope) => !publicScopes.includes(scope));
  if (open.length > 0)
    log.warn(`ANONYMOUS_SCOPES lets everybody do ${open.join(', ')} without a key.`);
}
