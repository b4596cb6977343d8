import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@anaquel/runtime';
import type { Sessions } from '../application/sessions.ts';
import { beginSession, readSession, sessionText, shouldProlong } from '../domain/session.ts';

/**
 * Sessions that are signed and not stored: any replica with the same secrets reads them, and with
 * another password none of them is worth anything (docs/decisions/0011). Sealed: the session's
 * text, a dot, its HMAC-SHA-256 in base64url.
 */
export function createSealedSessions(
  secrets: { operatorKey: string; operatorPassword: string },
  clock: Clock,
): Sessions {
  // Neither secret can hold the character between them.
  const material = `${secrets.operatorKey}\n${secrets.operatorPassword}`;
  const key = Buffer.from(hkdfSync('sha256', material, '', 'anaquel gateway session 1', 32));
  const now = (): number => clock().getTime();
  const signatureOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest();

  return {
    begin: (role) => beginSession(randomBytes(16).toString('base64url'), role, now()),
    prolong: ({ id, role }) => beginSession(id, role, now()),
    seal(session) {
      const text = sessionText(session);
      return `${text}.${signatureOf(text).toString('base64url')}`;
    },
    open(sealed) {
      const end = sealed.lastIndexOf('.');
      const text = sealed.slice(0, Math.max(0, end));
      const signature = Buffer.from(sealed.slice(end + 1), 'base64url');
      const expected = signatureOf(text);
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
        return null;
      return readSession(text, now());
    },
    isDueForMore: (session) => shouldProlong(session, now()),
  };
}
