import type { Role } from './role.ts';

/** Who a browser is. All of it travels in the cookie; nothing is kept here. */
export interface Session {
  /** Random, and not guessable: it stands for the browser wherever an actor is named. */
  readonly id: string;
  readonly role: Role;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * An operator's is short, because nothing can end a stolen one before its time; a shopper's
 * outlives what it can own.
 */
const LIFETIME_MS: Readonly<Record<Role, number>> = {
  operator: 12 * HOUR_MS,
  shopper: 30 * 24 * HOUR_MS,
};

const TEXT = /^([\w-]{22})\.(shopper|operator)\.(\d{1,15})$/;

export function beginSession(id: string, role: Role, nowMs: number): Session {
  return { id, role, expiresAtMs: nowMs + LIFETIME_MS[role] };
}

/**
 * A shopper's is prolonged in the second half of its life, so that who comes back keeps it; an
 * operator's never is.
 */
export function shouldProlong({ role, expiresAtMs }: Session, nowMs: number): boolean {
  return role === 'shopper' && expiresAtMs - nowMs < LIFETIME_MS.shopper / 2;
}

/** As it is signed. */
export function sessionText({ id, role, expiresAtMs }: Session): string {
  return `${id}.${role}.${expiresAtMs}`;
}

/** Null for another text, and for a session that is over. */
export function readSession(text: string, nowMs: number): Session | null {
  if (!TEXT.test(text)) return null;
  // It has these three parts, and no other dot.
  const [id, role, expiresAt] = text.split('.') as [string, Role, string];
  const expiresAtMs = Number(expiresAt);
  return expiresAtMs > nowMs ? { id, role, expiresAtMs } : null;
}
