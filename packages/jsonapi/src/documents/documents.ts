import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';

export interface Resource {
  type: string;
  id: string;
  attributes?: object;
  relationships?: object;
  links?: object;
  meta?: object;
}

interface DocumentExtras {
  links?: object;
  meta?: object;
}

export interface DataDocument extends DocumentExtras {
  jsonapi: { version: '1.1' };
  data: Resource | Resource[] | null;
}

/** A top-level document with primary data. https://jsonapi.org/format/1.1/#document-top-level */
export function dataDocument(
  data: Resource | Resource[] | null,
  more?: DocumentExtras,
): DataDocument {
  return { jsonapi: JSONAPI_OBJECT, data, ...more };
}

/**
 * Refuses (409 `id-conflict`) a body whose `data.id` is not the id in the address.
 * https://jsonapi.org/format/1.1/#crud-updating-responses-409
 */
export function assertBodyId(data: { readonly id: string }, id: string): void {
  if (data.id === id) return;
  throw new JsonApiError(
    protocolProblem('id-conflict', `"data.id" must be "${id}", the id in the address.`, {
      source: { pointer: '/data/id' },
    }),
  );
}
