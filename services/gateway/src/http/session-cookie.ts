import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../domain/session.ts';
import type { Ports } from './ports.ts';

const NAME = 'anaquel_session';

type Cookies = Pick<Ports, 'sessions' | 'clock'>;

/** The session that a request's cookie stands for; null without one, and for one that is worth nothing any more. */
export function sessionOf(request: FastifyRequest, { sessions }: Cookies): Session | null {
  for (const pair of request.headers.cookie?.split(';') ?? []) {
    const [name, value = ''] = pair.trim().split('=', 2);
    const session = name === NAME ? sessions.open(value) : null;
    if (session !== null) return session;
  }
  return null;
}

/** Lets the browser keep a session: for this host alone, out of reach of scripts, and never sent from another site. */
export function keepSession(session: Session, reply: FastifyReply, ports: Cookies): void {
  const seconds = Math.ceil((session.expiresAtMs - ports.clock().getTime()) / 1_000);
  const secure = reply.request.protocol === 'https' ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${NAME}=${ports.sessions.seal(session)}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}
