import { isIP } from 'node:net';
import { defineProblems, JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SettingsReader } from '../process/settings.ts';

/**
 * Names that a server answers to beside `localhost` and IP addresses, in lower case; `*` among them
 * is every name.
 */
export type AllowedHosts = readonly string[];

export const hostProblem = defineProblems({
  'host-not-allowed': { status: 421, title: 'The server does not answer to this name' },
});

/** What a balancer or a scraper asks for by whatever name it has. */
const EXEMPT = /^\/(?:health|metrics)(?:[/?]|$)/;

/** `uri-host [":" port]`: https://www.rfc-editor.org/rfc/rfc9110#section-7.2 */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]\\,]*))(?::\d{0,5})?$/i;

const ORIGIN = /^https?:\/\/([^/?#]*)/i;

const HOST_HEADER = { header: 'Host' };

/**
 * `ALLOWED_HOSTS`, and the names in the addresses by which the server is reached.
 * @param urlSettings that hold these addresses
 */
export function readAllowedHosts(
  settings: SettingsReader,
  urlSettings: readonly string[],
): AllowedHosts {
  const listed = settings.list('ALLOWED_HOSTS', {
    default: [],
    // A name in other letters than ASCII is taken too: URL.parse gives the form that clients send.
    pattern: /^(?:\*|[^\s:/?#@[\]\\*]+)$/,
    hint: 'a list of names without port such as shop.example.com, or *',
  });
  // Whoever reads an address says that it is wrong.
  const urls = urlSettings.flatMap((name) => (settings.optional(name) ?? '').split(/[\s,]+/));
  const names = [
    ...listed.map((word) => nameOf(`http://${word}`) ?? word),
    ...urls.map((url) => nameOf(url)),
    nameOf(`http://${settings.optional('HOST') ?? ''}`),
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}

function nameOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.replace(/\.$/, '');
}

/**
 * Answers only to names that are the server's own. A page of another site can point its own name at
 * this machine (DNS rebinding) and would then be of the same origin: the name that it is asked by
 * gives it away. What a proxy says of the name that it was asked by is no proof, since such a page
 * may send it too. 421: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20
 */
export function checkHosts(app: FastifyInstance, allowed: AllowedHosts): void {
  const isOurs = rememberedHosts(new Set(['localhost', ...allowed]));
  const any = allowed.includes('*');
  app.addHook('onRequest', (request, _reply, done) => {
    // HTTP/1.0 may leave it out, which no browser does.
    const { httpVersion, headers } = request.raw;
    if (headers.host === undefined && httpVersion !== '1.0') done(notOneHost());
    else done(any || EXEMPT.test(request.url) ? undefined : refusal(request, isOurs));
  });
}

function refusal(
  { headers: { host }, raw, originalUrl }: FastifyRequest,
  isOurs: (host: string) => boolean,
): JsonApiError | undefined {
  if (count(raw.rawHeaders, 'host') > 1) return notOneHost();
  // A whole address as target says it once more, and is what counts then.
  const target = originalUrl.startsWith('/') ? undefined : ORIGIN.exec(originalUrl)?.[1];
  const hosts = [target, host].filter((one) => one !== undefined);
  if (hosts.every(isOurs)) return undefined;
  return new JsonApiError(
    hostProblem(
      'host-not-allowed',
      'If the server has this name, add it to ALLOWED_HOSTS. Otherwise use an address that the server has.',
      { source: HOST_HEADER },
    ),
  );
}

function notOneHost(): JsonApiError {
  return new JsonApiError(
    protocolProblem('invalid-request', 'Send one header Host.', { source: HOST_HEADER }),
  );
}

/** So many values of `Host` that are fine are kept: any address is. */
const MAX_REMEMBERED = 256;

/** Clients send the same few again and again. */
function rememberedHosts(names: ReadonlySet<string>): (host: string) => boolean {
  const fine = new Set<string>();
  return (host) => {
    if (fine.has(host)) return true;
    if (!isAllowed(host, names)) return false;
    if (fine.size >= MAX_REMEMBERED) fine.clear();
    fine.add(host);
    return true;
  };
}

function isAllowed(host: string, names: ReadonlySet<string>): boolean {
  const [, ipv6, name = ''] = HOST.exec(host) ?? [];
  if (ipv6 !== undefined) return isIP(ipv6) === 6;
  return isIP(name) === 4 || names.has(name.toLowerCase().replace(/\.$/, ''));
}

/** How often a header is there: Node keeps the first `Host` alone. */
function count(rawHeaders: readonly string[], header: string): number {
  let total = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === header.length && name.toLowerCase() === header) total += 1;
  }
  return total;
}
