import type { IncomingHttpHeaders } from 'node:http';
import { REQUEST_ID_HEADER } from '@anaquel/jsonapi';
import { addVary } from '@anaquel/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** They belong to one connection. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = words(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade',
);

/**
 * What never reaches a service: what the gateway has judged itself, what it says itself, and who
 * somebody claims to be. The origin is left out because CORS is settled here.
 */
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  ...words('host content-length expect cookie authorization x-actor forwarded x-real-ip'),
  ...words('origin access-control-request-method access-control-request-headers'),
  // Strangers would decide what the services trace.
  ...words('traceparent tracestate'),
]);
const NOT_FORWARDED_PREFIXES = /^(?:x-forwarded-|sec-)/;

const NOT_RETURNED = new Set([...HOP_BY_HOP, 'set-cookie']);
const NOT_RETURNED_PREFIXES = /^access-control-/;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The request's headers for a service, with where the gateway was asked for, so that links lead
 * back to it.
 */
export function forwardedHeaders(request: FastifyRequest): Record<string, string | string[]> {
  const own = namedByConnection(request.headers);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || NOT_FORWARDED.has(name) || own.has(name)) continue;
    if (!NOT_FORWARDED_PREFIXES.test(name)) headers[name] = value;
  }
  headers[REQUEST_ID_HEADER] = request.id;
  headers['x-forwarded-for'] = request.ip;
  headers['x-forwarded-proto'] = request.protocol;
  if (request.host !== '') headers['x-forwarded-host'] = request.host;
  return headers;
}

/** Puts a service's headers on the gateway's answer. */
export function returnHeaders(headers: Headers, reply: FastifyReply): void {
  const own = namedByConnection(headers);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_RETURNED.has(name) || own.has(name)) continue;
    if (name === 'vary') addVary(reply, String(value));
    else if (!NOT_RETURNED_PREFIXES.test(name)) reply.header(name, value);
  }
}

function namedByConnection({ connection }: IncomingHttpHeaders | Headers): ReadonlySet<string> {
  const names = String(connection ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
  return new Set(names.filter((name) => name !== ''));
}

function words(text: string): string[] {
  return text.split(' ');
}
