import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  boolean,
  integer,
  integers,
  jsonApiErrors,
  listQuery,
  noQuery,
  oneOf,
  serverOptions,
  text,
} from '../src/index.ts';

const things = listQuery({
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
  sorts: ['name', 'createdAt'],
  filters: {
    search: text(20),
    status: oneOf(['on', 'off']),
    id: integers({ maxCount: 3 }),
    low: boolean(),
    product: integer(),
  },
});
const feed = listQuery({ page: { style: 'after', defaultSize: 100, maxSize: 1_000 } });

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify(serverOptions());
  await app.register(jsonApiErrors);
  app.get('/things', { schema: { querystring: things.schema } }, (request) =>
    things.parse(request.query),
  );
  app.get('/feed', (request) => feed.parse(request.query));
  app.get('/plain', (request) => {
    noQuery.parse(request.query);
    return {};
  });
});
afterAll(() => app.close());

async function parse(query: string, path = '/things') {
  const answer = await app.inject(`${path}?${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

describe('a list query', () => {
  test('has defaults', async () => {
    expect(await parse('')).toEqual({ page: { number: 1, size: 20 }, sort: [], filter: {} });
    expect(await parse('', '/feed')).toEqual({
      page: { after: 0, size: 100 },
      sort: [],
      filter: {},
    });
  });

  test('is read whole, brackets encoded or not, + as a space', async () => {
    const query =
      'page[number]=3&page%5Bsize%5D=50&sort=-createdAt%2Cname&filter[search]=a+b&filter[status]=off&filter[id]=3,1,3&filter[low]=true&filter[product]=9';
    expect(await parse(query)).toEqual({
      page: { number: 3, size: 50 },
      sort: [
        { field: 'createdAt', descending: true },
        { field: 'name', descending: false },
      ],
      filter: { search: 'a b', status: 'off', id: [3, 1], low: true, product: 9 },
    });
    expect(await parse('page[after]=17&page[size]=1000', '/feed')).toMatchObject({
      page: { after: 17, size: 1000 },
    });
  });

  test.each([
    ['foo=1', 'foo'],
    ['include=x', 'include'],
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
    ['__proto__=1', '__proto__'],
  ])('%s is refused and named', async (query, parameter) => {
    const answer = await app.inject(`/things?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      expect.objectContaining({ code: 'invalid-parameter', source: { parameter } }),
    ]);
  });

  test('every problem is named, up to twenty', async () => {
    const answer = await app.inject(`/things?a=1&b=1&sort=x`);
    expect(answer.json().errors).toHaveLength(3);
    const many = Array.from({ length: 50 }, (_, index) => `x${index}=1`).join('&');
    expect((await app.inject(`/things?${many}`)).json().errors).toHaveLength(20);
  });

  test('a route without parameters refuses any', async () => {
    expect((await app.inject('/plain')).statusCode).toBe(200);
    const answer = await app.inject('/plain?x=1');
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].source).toEqual({ parameter: 'x' });
  });

  test('documents what it reads', () => {
    expect(Object.keys((things.schema as unknown as { properties: object }).properties)).toEqual([
      'page[number]',
      'page[size]',
      'sort',
      'filter[search]',
      'filter[status]',
      'filter[id]',
      'filter[low]',
      'filter[product]',
    ]);
  });
});
