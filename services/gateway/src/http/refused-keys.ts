import type { Answered } from '../application/upstream.ts';
import type { Role } from '../domain/role.ts';
import type { Target } from '../domain/target.ts';

/** Where the key of each role comes from. */
const SETTINGS: Readonly<Record<Role, string>> = {
  shopper: 'STOREFRONT_API_KEY',
  operator: 'OPERATOR_API_KEY',
};
/** How often the same is told. */
const TELL_AGAIN_MS = 60_000;

/**
 * Whether a service refuses the key itself, as unknown or as one of too many unknown ones: it then asks for a better key.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function isKeyRefused({ headers }: Answered): boolean {
  return headers['www-authenticate'] !== undefined;
}

/** Tells whoever runs the shop, and not once a request, that a service does not know the gateway's key. */
export function createRefusedKeyLog(
  warn: (details: object, message: string) => void,
): (target: Target, role: Role) => void {
  const toldAtMs = new Map<string, number>();
  return (target, role) => {
    const setting = SETTINGS[role];
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(target + role) ?? -Infinity) < TELL_AGAIN_MS) return;
    toldAtMs.set(target + role, nowMs);
    warn(
      { target, setting },
      `${target} does not know the key in ${setting}: put its digest into the KEYS_FILE of the service and start it again (npm start does both by itself)`,
    );
  };
}
