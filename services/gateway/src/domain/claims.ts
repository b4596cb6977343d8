import type { Role } from './role.ts';

/** Visible ASCII of a length that an actor may have. */
const LONGEST_SUBJECT = 180;

export interface TokenBearer {
  readonly role: Role;
  /** The subject, percent-encoded where it is not visible ASCII. */
  readonly subject: string;
}

/**
 * Who a verified token speaks of, or why it says nothing of use here: no subject, or no role of
 * ours.
 */
export function bearerOf(
  claims: Readonly<Record<string, unknown>>,
): TokenBearer | 'no-subject' | 'no-role' {
  const { sub, role, roles } = claims;
  const subject = typeof sub === 'string' && sub.isWellFormed() ? encodeURI(sub) : '';
  if (subject === '' || subject.length > LONGEST_SUBJECT) return 'no-subject';
  const roleClaims = [role, roles].flat();
  if (roleClaims.includes('operator')) return { role: 'operator', subject };
  if (roleClaims.includes('shopper')) return { role: 'shopper', subject };
  return 'no-role';
}
