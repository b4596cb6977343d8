import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  boolean,
  element,
  idList,
  ids,
  integer,
  jsonApiErrors,
  noQuery,
  number,
  oneOf,
  orNull,
  plainQuery,
  serverOptions,
  text,
  timestamp,
  type ResourceType,
} from '../src/index.ts';
import { resourceQuery } from '../src/queries/resource-query.ts';

interface Thing {
  readonly id: string;
  readonly ownerId: string | null;
}

const thing: ResourceType<Thing> = {
  type: 'things',
  attributes: Type.Object({ name: Type.String(), low: Type.Boolean() }),
  id: ({ id }) => id,
  view: () => ({ name: 'x', low: false }),
  self: ({ id }) => `http://x/things/${id}`,
  relationships: {
    owner: {
      kind: 'one',
      to: () => owner,
      id: ({ ownerId }) => ownerId,
      load: async () => new Map(),
    },
  },
};
const owner: ResourceType<{ id: string }> = {
  type: 'owners',
  attributes: Type.Object({ title: Type.String() }),
  id: ({ id }) => id,
  view: () => ({ title: 'x' }),
  self: ({ id }) => `http://x/owners/${id}`,
  relationships: {
    things: { kind: 'many', to: () => thing, load: async () => new Map() },
  },
};

const things = resourceQuery(thing, {
  filters: {
    search: text(20),
    status: oneOf(['on', 'off']),
    id: ids(3),
    low: boolean(),
    price: orNull(number()),
    tags: element(10),
    at: timestamp(),
  },
  sorts: ['name', 'createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});
const feed = plainQuery({
  'page[after]': integer(0, 1_000, 'Where to begin.'),
  'filter[id]': idList(3),
});

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify(serverOptions());
  await app.register(jsonApiErrors);
  app.get('/things', { schema: { querystring: things.schema } }, (request) => {
    const { fields, ...query } = things.parse(request.query, false);
    const include = query.include && JSON.parse(JSON.stringify(query.include, mapsAsObjects));
    return {
      ...query,
      include,
      fields: fields && [...fields].map(([type, names]) => [type, [...names]]),
    };
  });
  app.get('/feed', (request) => feed.parse(request.query));
  app.get('/plain', (request) => {
    noQuery.parse(request.query);
    return {};
  });
});
afterAll(() => app.close());

function mapsAsObjects(_name: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

async function parse(query: string, path = '/things') {
  const answer = await app.inject(`${path}?${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

describe('a list query', () => {
  test('has defaults', async () => {
    expect(await parse('')).toEqual({
      fields: null,
      include: null,
      list: {
        filters: [],
        sort: [{ field: 'createdAt', descending: true }],
        page: { style: 'number', number: 1, size: 20 },
      },
    });
    expect(await parse('', '/feed')).toEqual({});
  });

  test('is read with brackets encoded or not, and with + as a space', async () => {
    const query = [
      'page[number]=3&page%5Bsize%5D=50&sort=-createdAt%2Cname&filter[search]=a+b&filter[status]=off',
      'filter[id]=3,1,3&filter[low]=true&filter[price][gte]=1.5&filter[price][null]=false&filter[tags]=a',
      'filter[at][lt]=2026-01-31T12:00:00%2B01:00&filter[status][in]=on,off',
      'fields[things]=name,owner&fields[owners]=&include=owner.things,owner',
    ];
    expect(await parse(query.join('&'))).toEqual({
      fields: [
        ['things', ['name', 'owner']],
        ['owners', []],
      ],
      include: { owner: { things: {} } },
      list: {
        page: { style: 'number', number: 3, size: 50 },
        sort: [
          { field: 'createdAt', descending: true },
          { field: 'name', descending: false },
        ],
        filters: [
          { field: 'search', operator: 'eq', value: 'a b' },
          { field: 'status', operator: 'eq', value: 'off' },
          { field: 'id', operator: 'in', value: [3, 1] },
          { field: 'low', operator: 'eq', value: true },
          { field: 'price', operator: 'gte', value: 1.5 },
          { field: 'price', operator: 'null', value: false },
          { field: 'tags', operator: 'contains', value: 'a' },
          { field: 'at', operator: 'lt', value: '2026-01-31T11:00:00.000Z' },
          { field: 'status', operator: 'in', value: ['on', 'off'] },
        ],
      },
    });
    expect(await parse('page[after]=17&filter[id]=3,1,3', '/feed')).toEqual({
      'page[after]': 17,
      'filter[id]': [3, 1],
    });
  });

  test.each([
    ['foo=1', 'foo'],
    ['include=x', 'include'],
    ['include=owner.x', 'include'],
    ['include=owner,,owner', 'include'],
    ['include=owner.things.owner.things', 'include'],
    ['fields[things]=colour', 'fields[things]'],
    ['fields[others]=name', 'fields[others]'],
    ['fields=name', 'fields'],
    ['filter[price][like]=1', 'filter[price][like]'],
    ['filter[price][gte]=abc', 'filter[price][gte]'],
    ['filter[price][null]=1', 'filter[price][null]'],
    ['filter[status][null]=true', 'filter[status][null]'],
    ['filter[at]=2026-13-01T00:00:00Z', 'filter[at]'],
    ['filter[at]=2026-02-30T00:00:00Z', 'filter[at]'],
    ['filter[a]]=1', 'filter[a]]'],
    ['page[', 'page['],
    ['filter[constructor]=1', 'filter[constructor]'],
    ['fields[__proto__]=name', 'fields[__proto__]'],
    ['include=constructor', 'include'],
    ['page=1', 'page'],
    ['page[number]=0', 'page[number]'],
    ['page[number]=-1', 'page[number]'],
    ['page[number]=1.5', 'page[number]'],
    ['page[number]=abc', 'page[number]'],
    ['page[number]=', 'page[number]'],
    ['page[number]=1e3', 'page[number]'],
    ['page[number]=01', 'page[number]'],
    [`page[number]=${'9'.repeat(30)}`, 'page[number]'],
    ['page[size]=101', 'page[size]'],
    ['page[size]=0', 'page[size]'],
    ['page[after]=1', 'page[after]'],
    ['sort=', 'sort'],
    ['sort=-', 'sort'],
    ['sort=--name', 'sort'],
    ['sort=Name', 'sort'],
    ['sort=name,,createdAt', 'sort'],
    ['sort=name,-name', 'sort'],
    ['sort=name&sort=createdAt', 'sort'],
    ['filter[zzz]=1', 'filter[zzz]'],
    ['filter[_]=1', 'filter[_]'],
    ['filter=1', 'filter'],
    ['filter[search]=', 'filter[search]'],
    ['filter[search]=a%00', 'filter[search]'],
    [`filter[search]=${'x'.repeat(21)}`, 'filter[search]'],
    ['filter[status]=On', 'filter[status]'],
    ['filter[id]=1,2,3,4', 'filter[id]'],
    ['filter[id]=1,,2', 'filter[id]'],
    ['filter[id]=0', 'filter[id]'],
    ['filter[id]=x', 'filter[id]'],
    ['filter[low]=1', 'filter[low]'],
    ['filter[status]=on&filter[status][eq]=off', 'filter[status][eq]'],
    ['filter[at]=9999-12-31T23:59:59-01:00', 'filter[at]'],
    ['__proto__=1', '__proto__'],
  ])('%s is refused and named', async (query, parameter) => {
    const answer = await app.inject(`/things?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      expect.objectContaining({ code: 'invalid-parameter', source: { parameter } }),
    ]);
  });

  test('every error is named, up to twenty', async () => {
    const answer = await app.inject(`/things?a=1&b=1&sort=x`);
    expect(answer.json().errors).toHaveLength(3);
    const many = Array.from({ length: 50 }, (_, index) => `x${index}=1`).join('&');
    expect((await app.inject(`/things?${many}`)).json().errors).toHaveLength(20);
  });

  test('a route without parameters refuses every parameter', async () => {
    expect((await app.inject('/plain')).statusCode).toBe(200);
    const answer = await app.inject('/plain?x=1');
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].source).toEqual({ parameter: 'x' });
  });

  test('documents its parameters', () => {
    const { properties } = things.schema as unknown as { properties: object };
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining([
        'fields[things]',
        'include',
        'sort',
        'filter[id][ne]',
        'page[before]',
      ]),
    );
  });
});
