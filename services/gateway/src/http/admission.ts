import { clientOf } from '@anaquel/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessOf, isRead, type Access } from '../domain/access.ts';
import { bearerOf } from '../domain/claims.ts';
import type { Role } from '../domain/role.ts';
import { assertOwnPage, isForeign } from './own-pages.ts';
import type { Ports } from './ports.ts';
import {
  roleMissing,
  signInRequired,
  tokenInvalid,
  tokenUnverifiable,
  tooManyRequests,
} from './problems.ts';
import { keepSession, sessionOf } from './session-cookie.ts';

/**
 * How a request is forwarded: with the key that it brought itself, or on behalf of someone with a
 * role, until that expires.
 */
export type Admission = { readonly by: 'own-key' } | RoleAdmission;

interface RoleAdmission {
  readonly by: 'token' | 'session';
  readonly role: Role;
  readonly actor: string;
  readonly expiresAtMs: number;
}

export function isShopper(admission: Admission): admission is RoleAdmission {
  return admission.by !== 'own-key' && admission.role === 'shopper';
}

/**
 * Finds out who asks, and refuses what that role may not ask for. A key of the caller's own goes
 * before a token, a token before the cookie.
 * @throws {JsonApiError}
 */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Ports,
): Promise<Admission> {
  // The service says whether it is a good one.
  if (request.headers['x-api-key'] !== undefined) return { by: 'own-key' };
  const { authorization = '' } = request.headers;
  // Of another scheme it is for whatever stands in front of the gateway.
  const hasToken = /^Bearer\b/i.test(authorization);
  const admission = hasToken
    ? await admitToken(authorization, ports)
    : admitSession(request, reply, ports);
  enforce(accessOf(admission.role, request, ports.storefront), request, ports);
  return admission;
}

async function admitToken(authorization: string, { tokens }: Ports) {
  const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
  if (tokens === null || token === undefined)
    throw tokenInvalid('Leave Authorization out; no token of this kind is accepted here.');
  const outcome = await tokens.verify(token);
  if (!outcome.ok) {
    if (outcome.error === 'unverifiable') throw tokenUnverifiable();
    throw tokenInvalid(
      'It is expired, not yet valid, not meant for this shop, or not signed by its issuer. Get a new one.',
    );
  }
  const bearer = bearerOf(outcome.claims);
  if (bearer === 'no-role') throw roleMissing();
  if (bearer === 'no-subject')
    throw tokenInvalid('Its claim "sub" must be text of at most 180 characters.');
  const { role, subject } = bearer;
  const { expiresAtMs } = outcome;
  return { by: 'token', role, actor: `${role}:${subject}`, expiresAtMs } as const;
}

function admitSession(request: FastifyRequest, reply: FastifyReply, ports: Ports) {
  const cookieSession = sessionOf(request, ports);
  const session = cookieSession ?? ports.sessions.begin('shopper');
  if (!isRead(request.method)) {
    assertOwnPage(request, cookieSession, ports);
    // Who changes something must be able to come back as the same one.
    if (cookieSession === null && !isForeign(request)) keepSession(session, reply, ports);
  }
  const { id, role, expiresAtMs } = session;
  return { by: 'session', role, actor: `${role}:${id}`, expiresAtMs } as const;
}

function enforce(access: Access, request: FastifyRequest, ports: Ports): void {
  if (access === 'refuse') throw signInRequired();
  if (access === 'forward') return;
  const client = clientOf(request.ip);
  const nowMs = ports.clock().getTime();
  const waitMs = ports.shopperLimit.waitMs(client, nowMs);
  if (waitMs > 0)
    throw tooManyRequests(
      'This is more than a person buys. Wait as long as Retry-After says.',
      waitMs,
    );
  ports.shopperLimit.take(client, nowMs);
}
