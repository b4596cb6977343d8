import { json } from 'node:stream/consumers';
import { mergeResponses, problemResponses, protocolProblem } from '@anaquel/jsonapi';
import { discard, type UpstreamResponse, type Upstream } from '../application/upstream.ts';
import type { Target } from '../domain/target.ts';
import { gatewayProblem, serviceFailed } from './problems.ts';

type Responses = ReturnType<typeof mergeResponses>;

interface Operation {
  readonly tags?: readonly string[];
  readonly responses: Responses;
}

/** What is looked at of an OpenAPI document. The rest is passed on as it is. */
interface OpenApiDocument {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: object;
}

/**
 * For the whole document. Its beginning has as long as any answer, which is less: a service makes
 * its document when it is first asked, which on a busy machine takes seconds.
 */
const WITHIN_MS = 20_000;

/**
 * What a service says of itself, less what the gateway does not forward: its classic API at the
 * root, and what is internal.
 * @throws {JsonApiError} 503 when it doesn't say it.
 */
export async function readDocument({ target, send }: Upstream): Promise<OpenApiDocument> {
  const request = { method: 'GET', url: '/openapi.json', headers: {} };
  const answer = await send({ ...request, signal: AbortSignal.timeout(WITHIN_MS) });
  if (!answer.ok)
    throw serviceFailed(target, answer.reason === 'closed' ? 'timeout' : answer.reason, request);
  const document = await documentIn(answer);
  if (document === null) throw serviceFailed(target, 'lost', request);
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/'));
  const operations = paths.flatMap(([, item]) => Object.values(item));
  const used = new Set(operations.flatMap(({ tags = [] }) => tags));
  return {
    ...document,
    paths: Object.fromEntries(paths.map(([path, item]) => [path, withRefusals(item)])),
    tags: document.tags.filter(({ name }) => used.has(name)),
  };
}

/** The gateway's own reasons not to forward a request, or to have no answer to it. */
const readRefusals = {
  ...problemResponses(
    gatewayProblem,
    'sign-in-required',
    'token-invalid',
    'role-missing',
    'service-unavailable',
    'token-unverifiable',
  ),
  ...problemResponses(protocolProblem, 'too-many-requests'),
};
const changeRefusals = mergeResponses(
  readRefusals,
  problemResponses(gatewayProblem, 'cross-site-request', 'outcome-unknown'),
);

function withRefusals(item: Readonly<Record<string, Operation>>): Record<string, Operation> {
  const operations = Object.entries(item).map(([method, operation]) => {
    const refusals = method === 'get' ? readRefusals : changeRefusals;
    return [method, { ...operation, responses: mergeResponses(operation.responses, refusals) }];
  });
  return Object.fromEntries(operations) as Record<string, Operation>;
}

/** Null when it is none, or breaks off. */
async function documentIn({ status, body }: UpstreamResponse): Promise<OpenApiDocument | null> {
  if (status !== 200) {
    discard(body);
    return null;
  }
  return json(body).then(
    (document) => document as OpenApiDocument,
    () => null,
  );
}

/**
 * Several documents as one. They share no path; their components are the same for every service.
 */
export function mergedDocument(
  documents: readonly OpenApiDocument[],
  targets: readonly Target[],
): OpenApiDocument {
  const [first] = documents;
  if (first === undefined) throw new Error('There is no document to merge');
  const tags = new Map(documents.flatMap((one) => one.tags.map((tag) => [tag.name, tag])));
  const titles = targets.map(({ title }) => title).join(' and ');
  const addresses = targets.map(({ name }) => `\`/openapi/${name}.json\``).join(' and ');
  const description = `${titles} behind one address. ${addresses} have them apart, with their error codes.`;
  const info = { ...first.info, title: 'Anaquel', description };
  return {
    ...first,
    info,
    paths: Object.assign({}, ...documents.map(({ paths }) => paths)) as OpenApiDocument['paths'],
    tags: [...tags.values()],
  };
}
