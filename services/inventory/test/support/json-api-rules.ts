import { MEDIA_TYPE, protocolProblem } from '@anaquel/jsonapi';
import { authProblem } from '@anaquel/runtime';
import { expect } from 'vitest';
import { stockProblem } from '../../src/http/problems.ts';

// What holds for every JSON:API answer: https://jsonapi.org/format/1.1/

type Json = Record<string, unknown>;

export interface JsonApiAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

export interface AskedRequest {
  readonly url: string;
  readonly body?: unknown;
}

const MEMBER_NAME = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/;
const titles = new Map(
  [protocolProblem, authProblem, stockProblem].flatMap(({ entries }) =>
    Object.entries(entries).map(
      ([code, { status, title }]) => [code, { status: String(status), title }] as const,
    ),
  ),
);

export function expectJsonApi(
  { status, headers, text }: JsonApiAnswer,
  request: AskedRequest,
): void {
  expect(String(headers.vary).split(/,\s*/), 'Vary').toContain('Accept');
  if (text === '') {
    expect(headers).not.toHaveProperty('content-type');
    return;
  }
  expect(headers['content-type']).toBe(MEDIA_TYPE);
  const document = record(JSON.parse(text));
  expectMembers(document, ['jsonapi', 'data', 'errors', 'links', 'meta', 'included']);
  expect(document.jsonapi).toEqual({ version: '1.1' });
  expect('data' in document, 'either data or errors').toBe(!('errors' in document));
  expect('errors' in document).toBe(status >= 400);
  if ('links' in document) expectLinks(document.links);
  if ('meta' in document) record(document.meta);
  if ('errors' in document) expectErrors(document.errors, status, request);
  else expectData(document.data);
}

function expectData(data: unknown): void {
  if (data === null) return;
  const resources = Array.isArray(data) ? data : [data];
  for (const resource of resources) expectResource(record(resource));
  const names = resources.map(({ type, id }: Json) => `${String(type)} ${String(id)}`);
  expect(new Set(names).size, 'no resource twice').toBe(names.length);
}

function expectResource(resource: Json): void {
  expectMembers(resource, ['type', 'id', 'attributes', 'relationships', 'links', 'meta']);
  expect(resource.type).toMatch(MEMBER_NAME);
  expect(resource.id).toEqual(expect.any(String));
  const attributes = record(resource.attributes ?? {});
  const relationships = record(resource.relationships ?? {});
  for (const name of [...Object.keys(attributes), ...Object.keys(relationships)]) {
    expect(name).toMatch(MEMBER_NAME);
    expect(['type', 'id']).not.toContain(name);
  }
  expect(Object.keys(attributes).filter((name) => name in relationships)).toEqual([]);
  for (const relationship of Object.values(relationships)) expectRelationship(record(relationship));
  if ('links' in resource) expectLinks(resource.links);
}

function expectRelationship(relationship: Json): void {
  expectMembers(relationship, ['links', 'data', 'meta']);
  expect(Object.keys(relationship)).not.toEqual([]);
  if ('links' in relationship) {
    expectLinks(relationship.links);
    expect(
      Object.keys(record(relationship.links)).some((name) => name === 'self' || name === 'related'),
    ).toBe(true);
  }
  for (const identifier of [relationship.data ?? []].flat()) {
    expectMembers(record(identifier), ['type', 'id', 'meta']);
    expect(identifier).toEqual({ type: expect.any(String), id: expect.any(String) });
  }
}

function expectLinks(links: unknown): void {
  for (const link of Object.values(record(links))) {
    if (link === null) continue;
    const href = typeof link === 'string' ? link : record(link).href;
    expect(URL.canParse(String(href)), `${String(href)} is a whole address`).toBe(true);
  }
}

function expectErrors(errors: unknown, status: number, request: AskedRequest): void {
  if (!Array.isArray(errors)) throw new Error('errors must be a list');
  expect(errors.length).toBeGreaterThan(0);
  const statuses = new Set(errors.map((error) => expectError(record(error), request)));
  if (statuses.size === 1) expect([...statuses]).toEqual([String(status)]);
  else expect(status).toBe([...statuses].some((one) => one >= '500') ? 500 : 400);
  expect(new Set(errors.map((error) => JSON.stringify(error))).size, 'no error twice').toBe(
    errors.length,
  );
}

/** Its status. */
function expectError(error: Json, request: AskedRequest): string {
  expectMembers(error, ['status', 'code', 'title', 'detail', 'source', 'meta']);
  const { status, code, title, detail } = error;
  expect(titles.get(String(code)), `${String(code)} is in the catalogue`).toEqual({
    status,
    title,
  });
  expect(detail, 'a sentence').toMatch(/^(["A-Z0-9]|x-)[^]*\.$/);
  expect(detail, 'nothing of the inside').not.toMatch(
    /SELECT |INSERT |SQLITE|node:|\.ts\b|\bat .*:\d+:\d+|\/tmp\//,
  );
  if ('source' in error) expectSource(record(error.source), request);
  return String(status);
}

function expectSource(source: Json, { url, body }: AskedRequest): void {
  expect(Object.keys(source)).toHaveLength(1);
  const { pointer, parameter, header } = source;
  if (typeof pointer === 'string')
    expect(() => resolve(pointer, body), `${pointer} is in the request`).not.toThrow();
  else if (parameter !== undefined) {
    expect([...new URL(url, 'http://any').searchParams.keys()]).toContain(parameter);
  } else expect(header).toMatch(/^[A-Za-z-]+$/);
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function resolve(pointer: string, document: unknown): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !(name in value))
      throw new Error(`${pointer} names nothing`);
    value = (value as Json)[name];
  }
  return value;
}

function expectMembers(value: Json, allowed: readonly string[]): void {
  expect(Object.keys(value).filter((name) => !allowed.includes(name))).toEqual([]);
}

function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('This must be an object');
  return value as Json;
}
