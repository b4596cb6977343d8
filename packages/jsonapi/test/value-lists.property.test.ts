import fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idList, jsonApiErrors, plainQuery, serverOptions, text } from '../src/index.ts';
import { numberedPageLinks } from '../src/documents/page-links.ts';
import { resourceQuery } from '../src/queries/resource-query.ts';

const things = resourceQuery(
  {
    type: 'things',
    attributes: Type.Object({}),
    id: () => '',
    view: () => ({}),
  },
  { filters: { sku: text(64) }, sorts: ['sku'], defaultSort: [] },
);
const plain = plainQuery({ 'filter[id]': idList(3) });

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify(serverOptions());
  await app.register(jsonApiErrors);
  app.get('/things', ({ url, query }) => ({
    filters: things.parse(query, false).list.filters,
    links: numberedPageLinks(url, { number: 2, size: 20, total: 60 }),
  }));
  app.get('/plain', ({ query }) => plain.parse(query));
});
afterAll(() => app.close());

interface Answer {
  readonly filters: readonly { readonly value: unknown }[];
  readonly links: Readonly<Record<string, string>>;
}

async function ask(url: string): Promise<Answer> {
  const answer = await app.inject(url);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<Answer>();
}

/** Writes a list as clients do. */
function escaped(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');
}

const NAME = 'filter[sku][in]';
/** The encodings of a query by clients; all are read alike. */
const SPELLINGS: readonly ((value: string) => string)[] = [
  (value) => `${NAME}=${encodeURIComponent(value)}`,
  (value) => new URLSearchParams({ [NAME]: value }).toString(),
  (value) => `filter%5Bsku%5d[in]=${encodeURIComponent(value).replaceAll('%2C', ',')}`,
  (value) => `p%61ge[number]=2&${NAME}=${encodeURIComponent(value).replaceAll('%5C', '\\')}`,
];

const character = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(',', '\\', '%', '&', '+', ' ', '=', 'a', 'é', '😀', '"'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
);
const value = fc
  .array(character, { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(''))
  .filter((one) => !one.includes('\0') && one.normalize('NFC') === one);

test('any list is read back from a query and from its page links', async () => {
  const lists = fc.uniqueArray(value, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lists, fc.constantFrom(...SPELLINGS), async (values, spelling) => {
      const first = await ask(`/things?${spelling(escaped(values))}`);
      expect(first.filters).toEqual([{ field: 'sku', operator: 'in', value: values }]);
      for (const link of Object.values(first.links)) {
        expect(link).toMatch(/^[!$&'()*+,\-./0-9:;=?@A-Z_a-z~%]+$/);
        expect((await ask(link)).filters).toEqual(first.filters);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['a%2Cb,abc', ['a', 'b', 'abc']],
  ['a%5C%2Cb,abc', ['a,b', 'abc']],
  ['a\\,b,abc', ['a,b', 'abc']],
  ['a\\\\,b', ['a\\', 'b']],
  ['a\\b,c\\', ['a\\b', 'c\\']],
  ['a\\\\\\,b', ['a\\,b']],
  ['100%25,%zz', ['100%25', '%zz']],
])('%s is the list %j', async (written, values) => {
  const { filters, links } = await ask(`/things?${NAME}=${written}`);
  expect(filters[0]?.value).toEqual(values);
  expect((await ask(links['next'] ?? '')).filters[0]?.value).toEqual(values);
});

test('an escaped comma joins two ids to one unknown id', async () => {
  expect((await app.inject('/plain?filter[id]=1,2')).json()).toEqual({ 'filter[id]': [1, 2] });
  expect((await app.inject('/plain?filter[id]=1\\,2')).statusCode).toBe(400);
});
