import type { FastifyRequest } from 'fastify';
import type { AnyResourceType, Relationship } from '../declarations/resource-type.ts';
import { relationshipsOf } from '../declarations/resource-type.ts';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import { isSameJson } from '../json.ts';
import { createKeptValues } from '../kept-values.ts';
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

/**
 * Makes the writer of the resources of a type. It puts few and long pieces together: each `+` of
 * texts is an object for the collector.
 */
export function resourceWriter(resource: AnyResourceType): ResourceWriter {
  const start = `{"type":${JSON.stringify(resource.type)},"id":"`;
  const relationships = relationshipsOf(resource).map(relationshipWriter);
  const related = relationships.length > 0;
  const beforeSelf = `${related ? '}' : ''},"links":{"self":"`;
  return (model, request) => {
    const self = resource.self?.(model, request);
    const attributes = resource.view(model, request);
    const links = resource.links?.(model, request);
    let text = start + escaped(resource.id(model));
    text += isEmpty(attributes) ? '"' : `","attributes":${JSON.stringify(attributes)}`;
    if (self === undefined) return `${text}${links ? linksMember(links) : ''}}`;
    const address = escaped(self);
    for (const write of relationships) text += write(address, model);
    if (!links) return `${text}${beforeSelf}${address}"}}`;
    return `${text}${related ? '}' : ''}${linksMember({ self, ...links })}}`;
  };
}

/** In characters, for the texts of one type. */
const ROOM = 500_000;

interface RememberedText {
  readonly model: unknown;
  readonly text: string;
}

/**
 * Makes the writer for resources that are read again and again: it remembers the text of a model,
 * if the type says on what else it depends.
 */
export function rememberingWriter(resource: AnyResourceType): ResourceWriter {
  const write = resourceWriter(resource);
  if (resource.variant === undefined) return write;
  const texts = createKeptValues<string, RememberedText>(ROOM);
  return (model, request) => {
    const key = `${resource.variant?.(request)} ${resource.id(model)}`;
    const known = texts.get(key);
    if (known !== undefined && isSameJson(known.model, model)) return known.text;
    const text = write(model, request);
    texts.keep(key, { model, text }, text.length);
    return text;
  };
}

/** What JSON escapes, and pairs of surrogates, which it need not. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** What `JSON.stringify` writes between quotes: most ids and addresses stay as they are. */
function escaped(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}

function linksMember(links: object): string {
  return isEmpty(links) ? '' : `,"links":${JSON.stringify(links)}`;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/**
 * Gives a relationship, with what separates it from what stands before.
 * @param address of the resource, as JSON escapes it
 */
type RelationshipWriter = (address: string, model: unknown) => string;

function relationshipWriter(
  [name, relationship]: [string, Relationship<unknown>],
  index: number,
): RelationshipWriter {
  const key = JSON.stringify(name);
  const path = key.slice(1, -1);
  const before = `${index === 0 ? ',"relationships":{' : ','}${key}:{"links":{"self":"`;
  const between = `/relationships/${path}","related":"`;
  const after = `/${path}"}`;
  if (relationship.kind === 'many') {
    const end = `${after}}`;
    return (address) => before + address + between + address + end;
  }
  const endOfNone = `${after},"data":null}`;
  const beforeId = `${after},"data":{"type":${JSON.stringify(relationship.to().type)},"id":"`;
  return (address, model) => {
    const id = relationship.id(model);
    const links = before + address + between + address;
    return id === null ? links + endOfNone : `${links}${beforeId}${escaped(id)}"}}`;
  };
}

const JSONAPI = JSON.stringify(JSONAPI_OBJECT);

/** The text of a document whose primary data is one resource. */
export function documentText(
  resource: string,
  { origin, self }: { readonly origin: string; readonly self: string },
): string {
  const describedBy = escaped(origin + DESCRIPTION_PATH);
  return `{"jsonapi":${JSONAPI},"links":{"self":"${escaped(self)}","describedby":"${describedBy}"},"data":${resource}}`;
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

/** Of a character, or half of a surrogate pair, in UTF-8. */
const MAX_BYTES = 3;

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
  let bytes = Buffer.alloc(0);
  let length = 0;
  let text = `${JSON.stringify(head).slice(0, -1)},"atomic:results":[`;

  /** @param share how much of the document there is with this text */
  function write(share: number): void {
    const enough = length + text.length * MAX_BYTES;
    if (enough > bytes.length) {
      const expected = (length + text.length) / share;
      // A larger one, with what was written so far.
      bytes = Buffer.concat([bytes], Math.ceil(Math.max(enough, 1.1 * expected + text.length)));
    }
    length += bytes.write(text, length);
    text = '';
  }

  for (let index = 0; index < count; index += 1) {
    const resource = resourceAt(index);
    if (index > 0) text += ',';
    text += resource === null ? '{}' : `{"data":${resource}}`;
    if ((index + 1) % RESULTS_AT_ONCE === 0) write((index + 1) / count);
  }
  text += ']}';
  write(1);
  return bytes.subarray(0, length);
}
