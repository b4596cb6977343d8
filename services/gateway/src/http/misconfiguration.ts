import { CERTIFICATE_CHALLENGE } from '@anaquel/runtime';
import type { UpstreamResponse } from '../application/upstream.ts';
import type { Role } from '../domain/role.ts';
import type { Target } from '../domain/target.ts';
import type { Admission } from './admission.ts';

/**
 * Something that is set up wrongly between the gateway and a service, which nobody who asks could
 * mend.
 */
export interface Misconfiguration {
  readonly setting: string;
  /** What to do about it, for who runs the shop. */
  readonly message: string;
}

/** Where the key of each role comes from. */
const KEY_SETTINGS: Readonly<Record<Role, string>> = {
  shopper: 'STOREFRONT_API_KEY',
  operator: 'OPERATOR_API_KEY',
};
/** How often the same is told. */
const TELL_AGAIN_MS = 60_000;

/**
 * The mistake that an answer shows, or null. A service that refuses the gateway's key, as unknown
 * or as one of too many unknown ones, asks for a better key; one that does not answer to the name
 * in its address says 421.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function misconfigurationIn(
  { status, headers }: UpstreamResponse,
  { name, urlSetting }: Target,
  admission: Admission,
): Misconfiguration | null {
  if (status === 421) {
    return {
      setting: urlSetting,
      message: `${name} does not answer to the name in ${urlSetting}: put that name into ALLOWED_HOSTS of the service and start it again`,
    };
  }
  if (status === 403 && headers['www-authenticate'] === CERTIFICATE_CHALLENGE) {
    return {
      setting: 'TLS_CERT_FILE',
      message: `${name} refuses the certificate in TLS_CERT_FILE: the log of the service says why`,
    };
  }
  if (admission.by === 'own-key' || headers['www-authenticate'] === undefined) return null;
  const setting = KEY_SETTINGS[admission.role];
  return {
    setting,
    message: `${name} does not know the key in ${setting}: put its digest into the KEYS_FILE of the service and start it again (npm start does both by itself)`,
  };
}

/** Tells of a mistake, and not once a request. */
export function createMisconfigurationLog(
  warn: (details: object, message: string) => void,
): (target: Target, misconfiguration: Misconfiguration) => void {
  const warnedAtMs = new Map<string, number>();
  return ({ name }, { setting, message }) => {
    const nowMs = performance.now();
    if (nowMs - (warnedAtMs.get(name + setting) ?? -Infinity) < TELL_AGAIN_MS) return;
    warnedAtMs.set(name + setting, nowMs);
    warn({ target: name, setting }, message);
  };
}
