import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../domain/session.ts';
import type { Ports } from './ports.ts';

const NAME = 'anaquel_session';
/**
 * Behind TLS. Only this very host can set a cookie of that name, and only over TLS.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
 */
const SECURE_NAME = `__Host-${NAME}`;

type Cookies = Pick<Ports, 'sessions' | 'clock'>;

/**
 * The session that a request's cookie stands for; null without one, and for one that is worth
 * nothing any more. A cookie from before there was TLS is good until it ends, unless there is a
 * better one.
 */
export function sessionOf(request: FastifyRequest, { sessions }: Cookies): Session | null {
  for (const cookieName of [SECURE_NAME, NAME]) {
    for (const sealed of cookiesOf(request, cookieName)) {
      const session = sessions.open(sealed);
      if (session !== null) return session;
    }
  }
  return null;
}

/**
 * Lets the browser keep a session: for this host alone, out of reach of scripts, and never sent
 * from another site.
 */
export function keepSession(session: Session, reply: FastifyReply, ports: Cookies): void {
  const { request } = reply;
  const seconds = Math.ceil((session.expiresAtMs - ports.clock().getTime()) / 1_000);
  const isSecure = request.protocol === 'https';
  const set = (name: string, value: string, maxAge: number, more = ''): void =>
    void reply.header(
      'set-cookie',
      `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${more}`,
    );
  const sealed = ports.sessions.seal(session);
  if (!isSecure) return set(NAME, sealed, seconds);
  set(SECURE_NAME, sealed, seconds, '; Secure');
  // Else an operator who signs out would be one again when this one is gone.
  if (cookiesOf(request, NAME).length > 0) set(NAME, '', 0);
}

function cookiesOf({ headers }: FastifyRequest, cookieName: string): string[] {
  const pairs = headers.cookie?.split(';').map((pair) => pair.trim().split('=', 2)) ?? [];
  return pairs.flatMap(([name, value = '']) => (name === cookieName ? [value] : []));
}
