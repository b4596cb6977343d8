import { isObject } from '@anaquel/jsonapi';
import type { ServiceName } from '../../services/manifest.ts';

export interface ApiResource {
  id: string;
  attributes: Record<string, unknown>;
}

/**
 * The few calls that starting needs, to both services, with their keys. Each takes at most 10 s.
 */
export interface ShopClient {
  list(service: ServiceName, path: string): Promise<ApiResource[]>;
  /** Returns the id of what was created. With `presentIsFine`, a 409 is an answer like 201. */
  create(
    service: ServiceName,
    path: string,
    data: NewResource,
    options?: { presentIsFine: boolean },
  ): Promise<string>;
}

interface NewResource {
  type: string;
  id?: string;
  attributes: object;
}

interface Endpoint {
  url: string;
  key: string;
}

const MEDIA_TYPE = 'application/vnd.api+json';
const TIMEOUT_MS = 10_000;

export function createShopClient(endpoints: Record<ServiceName, Endpoint>): ShopClient {
  async function call(service: ServiceName, method: string, path: string, data?: NewResource) {
    const { url, key } = endpoints[service];
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        'x-api-key': key,
        accept: MEDIA_TYPE,
        ...(data && { 'content-type': MEDIA_TYPE }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(data && { body: JSON.stringify({ data }) }),
    });
    return { status: response.status, text: await response.text(), what: `${method} ${path}` };
  }

  return {
    async list(service, path) {
      const answer = await call(service, 'GET', path);
      if (answer.status !== 200) throw unexpected(answer);
      const { data } = parseData(answer.text);
      return (Array.isArray(data) ? data : []).map(asResource);
    },
    async create(service, path, data, options) {
      const answer = await call(service, 'POST', path, data);
      if (answer.status === 409 && options?.presentIsFine && data.id !== undefined) return data.id;
      if (answer.status !== 201) throw unexpected(answer);
      return asResource(parseData(answer.text).data).id;
    },
  };
}

function unexpected({ what, status, text }: { what: string; status: number; text: string }): Error {
  return new Error(`${what} answered ${status}: ${text.slice(0, 500)}`);
}

function parseData(text: string): { data: unknown } {
  const document: unknown = JSON.parse(text);
  if (typeof document === 'object' && document !== null && 'data' in document) return document;
  throw new Error('A service answered a document without data');
}

function asResource(value: unknown): ApiResource {
  if (typeof value === 'object' && value !== null && 'id' in value && 'attributes' in value) {
    const { id, attributes } = value;
    if (typeof id === 'string' && isObject(attributes)) return { id, attributes };
  }
  throw new Error('A service answered something that is no resource');
}
