import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import type { Resolver } from './resolver.ts';

/** What may be wrong with the address of an endpoint, each in a sentence for its owner. */
export const endpointUrlProblems = {
  'not-absolute': 'It is not an absolute address like https://example.com/events.',
  'too-long': 'It is longer than 2,048 characters.',
  'not-https': 'It does not start with https://.',
  'user-info': 'It has a user name or a password.',
  fragment: 'It has a fragment (#…), which no server would see.',
  'not-found': 'Its name leads to no address.',
  'not-looked-up': 'Its name could not be looked up just now.',
  'not-public': 'It leads to an address that is not on the public internet.',
} as const;

export type EndpointUrlProblem = keyof typeof endpointUrlProblems;

const URL_MAX_CHARACTERS = 2_048;

interface UrlRules {
  readonly resolver: Resolver;
  /** Whether plain `http:` and addresses of this machine and its network are fine. */
  readonly allowPrivate: boolean;
}

/**
 * Says what is wrong with an address that is about to be saved, or null.
 *
 * A name that nobody knows is refused, because it is a slip of the pen more often than a name that
 * is still to come. Where private addresses are allowed, endpoints come and go with the machines
 * that run them, and nothing is looked up.
 */
export async function checkEndpointUrl(
  text: string,
  rules: UrlRules,
): Promise<EndpointUrlProblem | null> {
  const parsed = parseEndpointUrl(text, rules.allowPrivate);
  if (!parsed.ok) return parsed.problem;
  if (rules.allowPrivate) return null;
  const found = await findEndpoint(parsed.url, rules);
  if (found.ok) return null;
  return found.problem === 'not-begun' ? 'not-looked-up' : found.problem;
}

export type ParsedEndpointUrl =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly problem: EndpointUrlProblem };

/** Checks all that the text itself shows. */
export function parseEndpointUrl(text: string, allowPrivate: boolean): ParsedEndpointUrl {
  const refused = (problem: EndpointUrlProblem) => ({ ok: false, problem }) as const;
  if (text.length > URL_MAX_CHARACTERS) return refused('too-long');
  // A URL parser takes `https:a`, too, and spaces around it.
  const url = /^[a-z]+:\/\/\S+$/i.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === '') return refused('not-absolute');
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return refused('not-https');
  if (url.username !== '' || url.password !== '') return refused('user-info');
  if (url.hash !== '') return refused('fragment');
  return { ok: true, url };
}

export type FoundEndpoint =
  | { readonly ok: true; readonly addresses: readonly string[] }
  /** `not-begun` says nothing about the endpoint. */
  | { readonly ok: false; readonly problem: EndpointUrlProblem | 'not-begun' };

/** Finds the addresses of an endpoint, if it may be called at each of them. */
export async function findEndpoint(
  url: URL,
  { resolver, allowPrivate }: UrlRules,
): Promise<FoundEndpoint> {
  // The parser has brought 127.1, 0x7f000001 and the like to the one form of an address.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(host) === 0 ? await resolver(host) : [host];
  if (addresses === 'not-begun') return { ok: false, problem: 'not-begun' };
  if (addresses === null) return { ok: false, problem: 'not-looked-up' };
  if (addresses.length === 0) return { ok: false, problem: 'not-found' };
  if (!allowPrivate && !addresses.every(isPublicAddress))
    return { ok: false, problem: 'not-public' };
  return { ok: true, addresses };
}
