import type { Role } from '../domain/role.ts';
import type { Session } from '../domain/session.ts';

/** Makes and reads what a browser keeps of its session. */
export interface Sessions {
  begin(role: Role): Session;
  /** The same browser, longer. */
  prolong(session: Session): Session;
  /** What goes into the cookie. */
  seal(session: Session): string;
  /** Null for whatever was not sealed here, was changed, or is over. */
  open(sealed: string): Session | null;
  isDueForMore(session: Session): boolean;
}
