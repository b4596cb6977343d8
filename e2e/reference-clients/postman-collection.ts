import { readFileSync } from 'node:fs';
import type { PrintedRequest } from './printed-request.ts';

interface Item {
  readonly name: string;
  /** A folder of more requests. */
  readonly item?: readonly Item[];
  readonly request?: {
    readonly method: string;
    readonly header?: readonly { key: string; value: string; disabled?: boolean }[];
    readonly url: string | { readonly raw: string };
    readonly body?: { readonly mode: 'raw'; readonly raw: string };
  };
}

/**
 * The requests of a Postman collection, in its order:
 * https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
 */
export function readPostmanCollection(path: string): PrintedRequest[] {
  const { item } = JSON.parse(readFileSync(path, 'utf8')) as { item: readonly Item[] };
  return item.flatMap(requestsOf);
}

function requestsOf({ item = [], request }: Item): PrintedRequest[] {
  const inside = item.flatMap(requestsOf);
  if (request === undefined) return inside;
  const { method, header = [], url, body } = request;
  const headers = header
    .filter(({ disabled }) => disabled !== true)
    .map(({ key, value }) => [key, value] as const);
  const own = {
    method,
    url: typeof url === 'string' ? url : url.raw,
    headers: Object.fromEntries(headers),
    ...(body && { body: body.raw }),
  };
  return [own, ...inside];
}
