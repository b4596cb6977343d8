import type { FastifyRequest } from 'fastify';
import type { AnyResourceType, Relationship } from '../declarations/resource-type.ts';
import { relationshipsOf } from '../declarations/resource-type.ts';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import type { ResourceQuery } from '../queries/resource-query.ts';
import { DESCRIPTION_PATH, pageFrame, type ResourcePage } from './page-frame.ts';

// Documents as text, made from declarations: what all resources of a type share is put into words
// once. The texts are those that JSON.stringify gives of the documents in resource-document.ts
// (docs/decisions/0049).

/** Gives the text of a whole resource object. */
export type ResourceWriter = (model: unknown, request: FastifyRequest) => string;

/** Whether a query asks for whole resources alone, of which documents can be written as text. */
export function wantsWholeOnes({ fields, include }: ResourceQuery): boolean {
  return fields === null && include === null;
}

/** Makes the writer of the resources of a type. */
export function resourceWriter(resource: AnyResourceType): ResourceWriter {
  const start = `{"type":${JSON.stringify(resource.type)},"id":`;
  const relationships = relationshipsOf(resource).map(relationshipWriter);
  return (model, request) => {
    const self = resource.self?.(model, request);
    const attributes = resource.view(model, request);
    const links = resource.links?.(model, request);
    let text = start + quoted(resource.id(model));
    if (!isEmpty(attributes)) text += `,"attributes":${JSON.stringify(attributes)}`;
    if (self !== undefined && relationships.length > 0)
      text += `,"relationships":{${membersOf(model, quoted(self).slice(1, -1))}}`;
    if (links) text += linksMember({ ...(self && { self }), ...links });
    else if (self) text += `,"links":{"self":${quoted(self)}}`;
    return `${text}}`;
  };

  function membersOf(model: unknown, address: string): string {
    let text = '';
    for (const write of relationships)
      text += text === '' ? write(address, model) : `,${write(address, model)}`;
    return text;
  }
}

/** What JSON escapes, and pairs of surrogates, which it need not. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** What `JSON.stringify` gives of a text: most ids and addresses stay as they are. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function linksMember(links: object): string {
  return isEmpty(links) ? '' : `,"links":${JSON.stringify(links)}`;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** @param address of the resource, as JSON escapes it */
type RelationshipWriter = (address: string, model: unknown) => string;

function relationshipWriter([name, relationship]: [
  string,
  Relationship<unknown>,
]): RelationshipWriter {
  const key = JSON.stringify(name);
  const path = key.slice(1, -1);
  const links = (address: string): string =>
    `${key}:{"links":{"self":"${address}/relationships/${path}","related":"${address}/${path}"}`;
  if (relationship.kind === 'many') return (address) => `${links(address)}}`;
  const start = `{"type":${JSON.stringify(relationship.to().type)},"id":`;
  return (address, model) => {
    const id = relationship.id(model);
    const data = id === null ? 'null' : `${start}${quoted(id)}}`;
    return `${links(address)},"data":${data}}`;
  };
}

const JSONAPI = JSON.stringify(JSONAPI_OBJECT);

/** The text of a document whose primary data is one resource. */
export function documentText(
  resource: string,
  { origin, self }: { readonly origin: string; readonly self: string },
): string {
  const describedBy = quoted(origin + DESCRIPTION_PATH);
  return `{"jsonapi":${JSONAPI},"links":{"self":${quoted(self)},"describedby":${describedBy}},"data":${resource}}`;
}

/** The text of a document whose primary data is a page of resources, asked for by its number. */
export function pageText(
  resourcePage: ResourcePage,
  write: ResourceWriter,
  request: FastifyRequest,
): string {
  const { data: _, meta, ...head } = pageFrame(resourcePage, []);
  const texts = resourcePage.page.items.map((model) => write(model, request));
  return `${JSON.stringify(head).slice(0, -1)},"data":[${texts.join()}],"meta":${JSON.stringify(meta)}}`;
}

/** So many results are written at once: together they are still a small object of V8's heap. */
const RESULTS_AT_ONCE = 25;

/**
 * The document with the results of so many operations, each a resource or nothing. Its text is made
 * in parts, which soon are bytes (docs/decisions/0093).
 * https://jsonapi.org/ext/atomic/#document-structure
 *
 * @param resourceAt gives the text of the resource of a result; null for a result without one
 */
export function resultsBody(
  count: number,
  resourceAt: (index: number) => string | null,
  { jsonapi, origin }: { readonly jsonapi: object; readonly origin: string },
): Buffer {
  const head = { jsonapi, links: { describedby: origin + DESCRIPTION_PATH } };
  const parts: Buffer[] = [];
  let text = `${JSON.stringify(head).slice(0, -1)},"atomic:results":[`;
  for (let index = 0; index < count; index += 1) {
    const resource = resourceAt(index);
    if (index > 0) text += ',';
    text += resource === null ? '{}' : `{"data":${resource}}`;
    if (index % RESULTS_AT_ONCE > 0) continue;
    parts.push(Buffer.from(text));
    text = '';
  }
  parts.push(Buffer.from(`${text}]}`));
  return Buffer.concat(parts);
}
