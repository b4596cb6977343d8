import { describe, expect, test } from 'vitest';
import { breachesOf } from '../src/rules.ts';
import type { CheckedRequest } from '../src/rules.ts';

type Json = Record<string, unknown>;

const MT = 'application/vnd.api+json';
const ATOMIC = 'https://jsonapi.org/ext/atomic';
const PROFILE = 'https://x.test/profile';
const jsonapi = { version: '1.1' };
const self = 'http://x.test/articles/1';

interface Sample {
  status?: number;
  headers?: Json;
  document?: unknown;
  /** Used instead of a document. */
  text?: string;
  request?: Partial<CheckedRequest>;
}

function breaches({ status = 200, headers, document, text, request }: Sample): string[] {
  const allHeaders = { 'content-type': MT, vary: 'Accept', ...headers };
  const answer = { status, headers: allHeaders, text: text ?? JSON.stringify(document) };
  return breachesOf(answer, { url: '/articles', ...request });
}

const author = { data: { type: 'people', id: '9' }, links: { self, related: self } };
const article = {
  type: 'articles',
  id: '1',
  attributes: { title: 'A', nested: { links: 1, 'a b': [] } },
  relationships: { author, notes: { links: { related: self } }, none: { data: null } },
  links: { self, stock: { href: self, type: MT, hreflang: ['en'], title: 'T', meta: {} } },
  meta: { 'any name': 1 },
};
const person = { type: 'people', id: '9', '@context': 'x' };
const error = {
  status: '422',
  code: 'invalid-attribute',
  title: 'An attribute is not valid',
  detail: '"title" must be text.',
};

const failed = (more: object, request: Partial<CheckedRequest> = {}): Sample => ({
  status: 422,
  document: { jsonapi, errors: [{ ...error, ...more }] },
  request,
});
const listed = (more: object): Sample => ({
  document: { jsonapi, data: [{ ...article, ...more }] },
});
const rooted = (more: object): Sample => ({ document: { jsonapi, data: article, ...more } });
const related = (relationship: unknown): Sample => listed({ relationships: { relationship } });
const operated = (results: unknown, more: object = {}): Sample => ({
  headers: { 'content-type': `${MT};ext="${ATOMIC}"` },
  document: { jsonapi, 'atomic:results': results, ...more },
});

describe('finds no breach in', () => {
  test.each<[string, Sample]>([
    ['a resource', rooted({ links: { self, describedby: { href: self } }, meta: {} })],
    ['a compound document', rooted({ included: [person] })],
    ['an empty list', { document: { jsonapi, data: [], links: { next: null } } }],
    ['nothing at the end of a link', { document: { jsonapi, data: null } }],
    ['meta alone', { document: { jsonapi, meta: {} } }],
    [
      'linkage with what it names',
      {
        document: { jsonapi, data: [{ type: 'articles', id: '1', meta: {} }], included: [article] },
        request: { url: '/people/9/relationships/articles?include=articles' },
      },
    ],
    [
      'an included resource whose relationship the client has cut away',
      {
        document: { jsonapi, data: [{ type: 'articles', id: '1' }], included: [person] },
        request: { url: '/articles?include=author&fields%5Barticles%5D=title' },
      },
    ],
    [
      'an applied profile',
      {
        headers: {
          'content-type': `${MT}; profile="${PROFILE} https://y.test/"`,
          vary: 'origin, accept',
        },
        document: { jsonapi: { ...jsonapi, profile: ['https://y.test/', PROFILE] }, data: [] },
      },
    ],
    ['results of operations', operated([{ data: article }, {}, { meta: {} }, { data: null }])],
    ['a body where none is due', { status: 204, headers: { 'content-type': undefined }, text: '' }],
    ['a 304', { status: 304, headers: { 'content-type': undefined }, text: '' }],
    ['a HEAD', { text: '', request: { method: 'HEAD' } }],
    [
      'what OPTIONS tells',
      { status: 204, headers: { vary: undefined }, text: '', request: { method: 'OPTIONS' } },
    ],
    ['an error', failed({})],
    [
      'an error that points into the document',
      failed({ source: { pointer: '/a~1b/0' } }, { body: '{"a/b": [null]}' }),
    ],
    ['an error that points at all of it', failed({ source: { pointer: '' } }, { body: null })],
    [
      'an error of a parameter',
      failed({ source: { parameter: 'page[size]' } }, { url: '/x?page%5Bsize%5D=0' }),
    ],
    ['an error of a header', failed({ source: { header: 'If-Match' }, id: '1', meta: {} })],
    [
      'an error that repeats what was sent',
      failed({ detail: '"/tmp/x.ts" is no address.' }, { url: '/tmp/x.ts' }),
    ],
    ['an error with a type', failed({ links: { type: 'https://x.test/type', about: null } })],
    [
      'errors of several statuses',
      { status: 400, document: { jsonapi, errors: [error, { ...error, status: '409' }] } },
    ],
    [
      'a new resource',
      { status: 201, headers: { location: self }, document: { jsonapi, data: article } },
    ],
  ])('%s', (_name, sample) => expect(breaches(sample)).toEqual([]));
});

/** The expected place of the breach. */
type Broken = [where: string, Sample];

describe('names the breach:', () => {
  test.each<Broken>([
    ['header content-type', { ...rooted({}), headers: { 'content-type': `${MT}; charset=utf-8` } }],
    ['header content-type', { ...rooted({}), headers: { 'content-type': 'application/json' } }],
    ['header content-type', { ...rooted({}), headers: { 'content-type': undefined } }],
    ['header content-type', { ...rooted({}), headers: { 'content-type': `${MT};ext=atomic` } }],
    [
      'header content-type',
      { ...rooted({}), headers: { 'content-type': `${MT};ext="a:b";ext="c:d"` } },
    ],
    ['header content-type', { status: 204, text: '' }],
    ['header content-type', { status: 304, text: '' }],
    [
      'header content-type',
      { text: '', headers: { 'content-type': 'text/x' }, request: { method: 'HEAD' } },
    ],
    ['header vary', { ...rooted({}), headers: { vary: undefined } }],
    ['header vary', { ...rooted({}), headers: { vary: 'Accept-Encoding' } }],
    ['header vary', { status: 304, text: '', headers: { 'content-type': undefined, vary: 'x' } }],
    ['header allow', { status: 405, document: { jsonapi, errors: [{ ...error, status: '405' }] } }],
    [
      'header retry-after',
      { status: 503, document: { jsonapi, errors: [{ ...error, status: '503' }] } },
    ],
    [
      'header www-authenticate',
      { status: 401, document: { jsonapi, errors: [{ ...error, status: '401' }] } },
    ],
    [
      'header location',
      { status: 201, headers: { location: '/1' }, document: { jsonapi, data: article } },
    ],
    ['body', { status: 204, headers: { 'content-type': undefined }, text: '{}' }],
    ['body', { text: '{}', request: { method: 'HEAD' } }],
    ['body', { text: '' }],
    ['body', { text: '{' }],
    ['body', { document: [] }],
    ['body', { document: { jsonapi } }],
    ['body', { document: { jsonapi, data: null, errors: [error] }, status: 422 }],
  ])('%s %#', expectPlace);

  test.each<Broken>([
    ['/more', rooted({ more: 1 })],
    ['/atomic:results', { document: { jsonapi, 'atomic:results': [{}], meta: {} } }],
    ['included', { document: { jsonapi, meta: {}, included: [] } }],
    ['errors', { document: { jsonapi, errors: [error] } }],
    ['errors', { status: 422, document: { jsonapi, data: null } }],
    ['jsonapi', { document: { data: null } }],
    ['jsonapi', { document: { jsonapi: '1.1', data: null } }],
    ['jsonapi/version', { document: { jsonapi: { version: '1.0' }, data: null } }],
    ['jsonapi/more', { document: { jsonapi: { ...jsonapi, more: 1 }, data: null } }],
    ['jsonapi/profile', { document: { jsonapi: { ...jsonapi, profile: [PROFILE] }, data: null } }],
    ['jsonapi/ext', operated([{}], { jsonapi: { ...jsonapi, ext: ['https://x.test'] } })],
    ['jsonapi/meta', { document: { jsonapi: { ...jsonapi, meta: [] }, data: null } }],
    ['/meta', rooted({ meta: [] })],
    ['/links', rooted({ links: [] })],
    ['/links/more', rooted({ links: { more: self } })],
    ['/links/self', rooted({ links: { self: 1 } })],
    ['/links/self', rooted({ links: { self: '/articles/1' } })],
    ['/links/self/href', rooted({ links: { self: { href: null } } })],
    ['/links/self/href', rooted({ links: { self: { href: 'articles' } } })],
    ['/links/self/more', rooted({ links: { self: { href: self, more: 1 } } })],
    ['/links/self/title', rooted({ links: { self: { href: self, title: 1 } } })],
    ['/links/self/hreflang', rooted({ links: { self: { href: self, hreflang: [1] } } })],
    ['/links/self/describedby', rooted({ links: { self: { href: self, describedby: 1 } } })],
    ['/links/self/meta', rooted({ links: { self: { href: self, meta: 1 } } })],
    ['data', { document: { jsonapi, data: 'x' } }],
  ])('%s %#', expectPlace);

  test.each<Broken>([
    ['data/0', { document: { jsonapi, data: [null] } }],
    ['data/0/more', listed({ more: 1 })],
    ['data/0/lid', listed({ lid: '1' })],
    ['data/0/type', listed({ type: 1 })],
    ['data/0/type', listed({ type: '-articles' })],
    ['data/0/id', listed({ id: 1 })],
    ['data/0/id', listed({ id: undefined })],
    ['data/0/attributes', listed({ attributes: [] })],
    ['data/0/attributes/a.b', listed({ attributes: { 'a.b': 1 } })],
    ['data/0/attributes/type', listed({ attributes: { type: 1 } })],
    ['data/0/relationships/author', listed({ attributes: { author: 1 } })],
    ['data/0/relationships/id', listed({ relationships: { id: author } })],
    ['data/0/relationships/_x', listed({ relationships: { _x: author } })],
    ['data/0/relationships', listed({ relationships: null })],
    ['data/0/links/in stock', listed({ links: { 'in stock': self } })],
    ['data/0/meta', listed({ meta: null })],
    ['data/0/relationships/relationship', related(null)],
    ['data/0/relationships/relationship', related({})],
    ['data/0/relationships/relationship/more', related({ ...author, more: 1 })],
    ['data/0/relationships/relationship/links', related({ links: {} })],
    ['data/0/relationships/relationship/links/more', related({ links: { self, more: self } })],
    ['data/0/relationships/relationship/meta', related({ meta: 1 })],
    ['data/0/relationships/relationship/data', related({ data: '9' })],
    ['data/0/relationships/relationship/data/0', related({ data: [null] })],
    ['data/0/relationships/relationship/data/id', related({ data: { type: 'people', id: 9 } })],
    ['data/0/relationships/relationship/data/id', related({ data: { type: 'people', lid: '9' } })],
    [
      'data/0/relationships/relationship/data/0/links',
      related({ data: [{ ...person, links: {} }] }),
    ],
  ])('%s %#', expectPlace);

  test.each<Broken>([
    ['included', rooted({ included: {} })],
    ['included', rooted({ included: [person, person] })],
    ['included', { document: { jsonapi, data: [article, article] } }],
    ['included', rooted({ included: [{ type: 'people', id: '10' }] })],
    [
      'included',
      {
        ...rooted({ included: [{ type: 'people', id: '10' }] }),
        request: { url: '/articles?fields[people]=name' },
      },
    ],
    ['included/0/id', rooted({ included: [{ type: 'people', id: 9 }] })],
    [
      'data/0/attributes',
      {
        document: { jsonapi, data: [{ ...person, attributes: {} }] },
        request: { url: 'http://x.test/articles/1/relationships/author' },
      },
    ],
    [
      'data',
      {
        document: { jsonapi, data: [person, person] },
        request: { url: '/articles/1/relationships/author' },
      },
    ],
    ['atomic:results', operated({})],
    ['atomic:results', operated([])],
    ['atomic:results/0', operated([null])],
    ['atomic:results/0/links', operated([{ links: {} }])],
    ['atomic:results/0/data/id', operated([{ data: { type: 'x' } }])],
    ['data', operated([{}], { data: null })],
    ['included', operated([{}], { included: [] })],
  ])('%s %#', expectPlace);

  test.each<Broken>([
    ['errors', { status: 400, document: { jsonapi, errors: {} } }],
    ['errors', { status: 400, document: { jsonapi, errors: [] } }],
    ['errors', { status: 422, document: { jsonapi, errors: [error, error] } }],
    ['errors', { status: 409, document: { jsonapi, errors: [error] } }],
    [
      'errors',
      { status: 422, document: { jsonapi, errors: [error, { ...error, status: '409' }] } },
    ],
    ['errors/0', { status: 400, document: { jsonapi, errors: ['x'] } }],
    ['errors/0', { status: 400, document: { jsonapi, errors: [{}] } }],
    ['errors/0/more', failed({ more: 1 })],
    ['errors/0/status', failed({ status: 422 })],
    ['errors/0/status', failed({ status: '200' })],
    ['errors/0/code', failed({ code: 'Invalid' })],
    ['errors/0/code', failed({ code: undefined })],
    ['errors/0/title', failed({ title: undefined })],
    ['errors/0/detail', failed({ detail: 'no sentence' })],
    ['errors/0/detail', failed({ detail: 'It failed at /tmp/x.' })],
    ['errors/0/detail', failed({ detail: 'SELECT 1 is wrong.' })],
    ['errors/0/detail', failed({ detail: 'SELECT 1 in x.ts is wrong.' }, { body: 'SELECT ' })],
    ['errors/0/meta', failed({ meta: 1 })],
    ['errors/0/links/self', failed({ links: { self } })],
    ['errors/0/links/type', failed({ links: { type: ['https://x.test/'] } })],
    ['errors/0/source', failed({ source: null })],
    ['errors/0/source', failed({ source: {} })],
    ['errors/0/source/more', failed({ source: { more: 1 } })],
    ['errors/0/source/pointer', failed({ source: { pointer: 1 } })],
    ['errors/0/source/pointer', failed({ source: { pointer: '' } })],
    ['errors/0/source/pointer', failed({ source: { pointer: 'data' } }, { body: { data: 1 } })],
    ['errors/0/source/pointer', failed({ source: { pointer: '/data/x' } }, { body: { data: {} } })],
    ['errors/0/source/pointer', failed({ source: { pointer: '/data' } }, { body: '{' })],
    [
      'errors/0/source/parameter',
      failed({ source: { parameter: 'page' } }, { url: '/x?page[a]=' }),
    ],
    ['errors/0/source/header', failed({ source: { header: 'a b' } })],
  ])('%s %#', expectPlace);

  function expectPlace(where: string, sample: Sample): void {
    const places = breaches(sample).map((breach) => breach.split(': ', 1)[0]);
    expect(places).toContain(where);
  }

  test('a code whose title is not that of the catalogue', () => {
    const answer = {
      status: 422,
      headers: { 'content-type': MT, vary: 'Accept' },
      text: JSON.stringify({ jsonapi, errors: [error] }),
    };
    const catalogue = (title: string) => new Map([[error.code, { status: '422', title }]]);
    expect(breachesOf(answer, { url: '/x' }, catalogue(error.title))).toEqual([]);
    expect(breachesOf(answer, { url: '/x' }, catalogue('Other'))).toHaveLength(1);
    expect(breachesOf(answer, { url: '/x' }, new Map())).toHaveLength(1);
  });
});
