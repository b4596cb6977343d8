import { createTwofoldLimit, type Clock } from '@anaquel/runtime';

export type SignInOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'wrong-password' }
  | { readonly ok: false; readonly error: 'too-many-tries'; readonly waitMs: number };

export type SignIn = (password: string, client: string) => SignInOutcome;

/**
 * Five wrong ones a client, then one a minute. A guess at 100 bits needs no more; a person who
 * mistypes needs no fewer.
 */
const WRONG_ONES_EACH = { burst: 5, everyMs: 60_000 };
/**
 * For guesses from many addresses. While they go on, a sign-in may need several tries too; who is
 * signed in stays so.
 */
const WRONG_ONES_IN_ALL = { burst: 100, everyMs: 2_000 };

/**
 * Only wrong passwords count. Within one call nothing is awaited, so that guesses sent at once are
 * counted like others.
 */
export function createSignIn(isPassword: (password: string) => boolean, clock: Clock): SignIn {
  const wrongOnes = createTwofoldLimit(WRONG_ONES_EACH, WRONG_ONES_IN_ALL);
  return (password, client) => {
    const nowMs = clock().getTime();
    const waitMs = wrongOnes.waitMs(client, nowMs);
    if (waitMs > 0) return { ok: false, error: 'too-many-tries', waitMs };
    if (isPassword(password)) return { ok: true };
    wrongOnes.take(client, nowMs);
    return { ok: false, error: 'wrong-password' };
  };
}
