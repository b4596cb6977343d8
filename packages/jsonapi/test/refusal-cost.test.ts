import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_TYPE } from '../src/index.ts';
import { expectCheapRefusal, hostileBodies } from './refusal-cost.ts';
import { createTestApp } from './test-app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await createTestApp();
  await app.ready();
});
afterAll(() => app.close());

const headers = { 'content-type': MEDIA_TYPE };
const things = { method: 'POST', url: '/api/v1/things', headers } as const;
const document = (members: string) => `{"data":{"type":"things","attributes":{${members}}}}`;

describe('refusing costs at most eight times what reading it as JSON does:', () => {
  test.each(Object.entries(hostileBodies({ document, list: 'lines', text: 'note' })))(
    '%s',
    async (_name, text) => expectCheapRefusal(app, things, text),
  );

  test('random members, as many as a body may have', async () => {
    const anything = fc.json({ maxDepth: 3, depthSize: 'small' });
    const inList = anything.map((json) => document(`"lines":[${repeated(() => json)}]`));
    const asAttributes = anything.map((json) =>
      document(repeated((index) => `"m${index}":${json}`)),
    );
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const documents = names.map((name) =>
      document(repeated((index) => `${JSON.stringify(name + index)}:1`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(inList, asAttributes, documents), (text) =>
        expectCheapRefusal(app, things, text),
      ),
      { numRuns: 12 },
    );
  });
});

function repeated(item: (index: number) => string): string {
  const items: string[] = [];
  for (let length = 0; length < 50_000; length += items.at(-1)?.length ?? 1)
    items.push(item(items.length));
  return items.join(',');
}

describe('an answer stays small', () => {
  const refusedWith = async (members: string) => {
    const answer = await app.inject({ ...things, payload: document(members) });
    return answer.json<{
      errors: { detail: string; source: { pointer: string } }[];
      meta?: object;
    }>();
  };

  test('twenty errors are answered, with a mark that there are more', async () => {
    const unknown = (count: number) =>
      Array.from({ length: count }, (_, index) => `"m${index}":0`).join(',');
    const twenty = await refusedWith(`"name":"a",${unknown(20)}`);
    expect(twenty.errors).toHaveLength(20);
    expect(twenty.meta).not.toHaveProperty('moreErrors');
    const more = await refusedWith(`"name":"a",${unknown(21)}`);
    expect(more.errors).toHaveLength(20);
    expect(more.meta).toHaveProperty('moreErrors', true);
  });

  test('a list that is too long is one error, whatever its items are', async () => {
    const { errors } = await refusedWith('"name":"a","lines":[{},{},{}]');
    expect(errors).toEqual([
      expect.objectContaining({
        detail: '"lines" must be a list of at most 2 items.',
        source: { pointer: '/data/attributes/lines' },
      }),
    ]);
  });

  test('a long name is shortened, and the pointer leads to its parent', async () => {
    const { errors } = await refusedWith(`"name":"a","${'x'.repeat(5_000)}":0`);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.detail).toMatch(/^"x{60}…" is not known here; leave it out\./);
    expect(errors[0]?.source).toEqual({ pointer: '/data/attributes' });
  });

  test('names that differ only in their pointer are one error', async () => {
    const [one, other] = ['a', 'b'].map((end) => `"${'x'.repeat(5_000)}${end}":0`);
    const { errors } = await refusedWith(`"name":"a",${one},${other}`);
    expect(errors).toHaveLength(1);
  });
});
