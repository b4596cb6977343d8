import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  atomicRoute,
  atOperation,
  JsonApiError,
  jsonApiErrors,
  jsonApiRoutes,
  protocolProblem,
  serverOptions,
} from '../src/index.ts';
import type { AtomicOperation, ResourceType } from '../src/index.ts';
import { breachesOf } from '../src/rules.ts';

interface Thing {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

const name = Type.String({ minLength: 1 });
const thing: ResourceType<Thing> = {
  type: 'things',
  attributes: Type.Object({ name, size: Type.Integer() }),
  id: ({ id }) => id,
  view: ({ name: called, size }) => ({ name: called, size }),
  self: ({ id }) => `http://x/api/things/${id}`,
  relationships: {
    owner: { kind: 'one', to: () => part, id: () => '7', load: async () => new Map() },
  },
};
/** Parts get their ids from clients and are never removed. */
const part: ResourceType<{ id: string }> = {
  type: 'parts',
  attributes: Type.Object({ name }),
  id: ({ id }) => id,
  view: () => ({ name: 'p' }),
  self: ({ id }) => `http://x/api/parts/${id}`,
};

let app: FastifyInstance;
/** What the service carried out last, and what it does. */
let carriedOut: readonly AtomicOperation[];
let change: (operation: AtomicOperation) => unknown;
let run: (changes: readonly unknown[]) => Promise<readonly (Thing | null)[]>;

beforeAll(async () => {
  app = fastify({ ...serverOptions(), logger: false });
  await app.register(jsonApiErrors);
  await app.register(
    jsonApiRoutes((instance) =>
      atomicRoute(instance, {
        path: '/operations',
        tags: [],
        config: {},
        summary: 'Operate',
        origin: () => 'http://x',
        types: [
          {
            resource: thing,
            path: '/api/things',
            add: { attributes: Type.Object({ name }) },
            update: {
              attributes: Type.Object({ name: Type.Optional(name) }),
              async read(id) {
                if (id === '1') return { id, name: 'one', size: 5 };
                throw new JsonApiError(protocolProblem('not-found', 'There is none.'));
              },
            },
            remove: true,
          },
          {
            resource: part,
            path: '/api/parts',
            add: { id: 'required', attributes: Type.Object({ name }) },
            update: { attributes: Type.Object({}), read: async (id) => ({ id }) },
          },
        ],
        example: {},
        change: (operation) => change(operation),
        run: (changes) => run(changes),
      }),
    ),
    { prefix: '/api' },
  );
});
afterAll(() => app.close());
beforeEach(() => {
  carriedOut = [];
  change = (operation) => operation;
  run = async (changes) => {
    carriedOut = changes as readonly AtomicOperation[];
    return changes.map(() => null);
  };
});

async function send(body: unknown) {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/operations',
    headers: { 'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"' },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  const { statusCode: status, headers, payload: text } = answer;
  const request = { method: 'POST', url: '/api/operations', body };
  expect(breachesOf({ status, headers, text }, request)).toEqual([]);
  return { status, json: text === '' ? undefined : answer.json() };
}

const operate = (...operations: unknown[]) => send({ 'atomic:operations': operations });

async function expectRead(operations: unknown[], read: readonly object[]): Promise<void> {
  expect(await operate(...operations)).toEqual({ status: 204 });
  expect(carriedOut).toEqual(read);
}

async function expectRefused(operations: unknown[], code: string, pointer: string): Promise<void> {
  const { json } = await operate(...operations);
  expect(json.errors).toEqual([
    expect.objectContaining({ code, source: { pointer: `/atomic:operations/${pointer}` } }),
  ]);
  expect(carriedOut).toEqual([]);
}

const add = (more: object = {}) => ({
  op: 'add',
  data: { type: 'things', attributes: { name: 'new' }, ...more },
});
const update = (identity: object, attributes: object = { name: 'a' }, more: object = {}) => ({
  op: 'update',
  data: { type: 'things', attributes, ...identity },
  ...more,
});
const remove = (ref: object) => ({ op: 'remove', ref: { type: 'things', ...ref } });

test.each([undefined, null, [], 1, {}])('a body %j is refused', async (body) => {
  const { status, json } = await send(body);
  expect([status, json.errors[0].code]).toEqual([400, 'invalid-document']);
});

test.each([
  [{ 'atomic:operations': {} }, '/atomic:operations'],
  [{ 'atomic:operations': [] }, '/atomic:operations'],
  [{ 'atomic:operations': Array.from({ length: 1_001 }, () => add()) }, '/atomic:operations'],
  [{ 'atomic:operations': [add()], data: null }, '/data'],
  [{ 'atomic:operations': [add()], 'atomic:results': [] }, '/atomic:results'],
])('a document that is no list of operations is refused %#', async (body, pointer) => {
  const { status, json } = await send(body);
  expect([status, json.errors[0].source]).toEqual([400, { pointer }]);
});

describe('operations', () => {
  test.each([
    [1, ''],
    [{}, ''],
    [{ op: 'replace' }, '/op'],
    [{ op: 'add' }, ''],
    [{ op: 'add', data: [] }, '/data'],
    [{ op: 'add', data: {} }, '/data'],
    [{ op: 'add', data: { type: 1 } }, '/data/type'],
    [{ op: 'remove', ref: null }, '/ref'],
    [{ op: 'remove', ref: { id: '1' } }, '/ref'],
    [{ op: 'remove', ref: { type: 1, id: '1' } }, '/ref/type'],
    [{ op: 'remove', ref: { type: 'things', id: '1', lid: 'a' } }, '/ref'],
    [{ op: 'remove', ref: { type: 'things', id: '1', relationship: 1 } }, '/ref/relationship'],
    [{ op: 'remove', ref: { type: 'things', id: '1' }, href: '/api/things/1' }, ''],
  ])('of another shape are refused: %j', async (operation, pointer) => {
    const { json } = await operate(add(), operation);
    expect(json.errors).toEqual([
      expect.objectContaining({
        code: 'invalid-document',
        source: { pointer: `/atomic:operations/1${pointer}` },
      }),
    ]);
    expect(carriedOut).toEqual([]);
  });

  test('are passed on as target and attributes', () =>
    expectRead(
      [add(), update({ id: '1' }), remove({ id: '2' })],
      [
        { op: 'add', type: 'things', data: add().data },
        { op: 'update', type: 'things', target: { id: '1' }, data: { attributes: { name: 'a' } } },
        { op: 'remove', type: 'things', target: { id: '2' } },
      ],
    ));

  test.each([
    ['/api/things/1', '1'],
    ['things/1', '1'],
    ['http://x/api/things/1', '1'],
    ['/api/things/a%2Fb', 'a/b'],
  ])('name a resource by the address %s', async (href, id) =>
    expectRead([{ op: 'remove', href }], [{ op: 'remove', type: 'things', target: { id } }]),
  );

  test.each([
    ['http://y/api/things/1', 'not-found'],
    ['/api/things/1?a=b', 'not-found'],
    ['/api/things/', 'not-found'],
    ['/api/others/1', 'not-found'],
    ['/api/things/1/relationships/zzz', 'not-found'],
    ['/api/things/1/relationships/owner', 'relationship-read-only'],
    ['/api/things', 'invalid-document'],
    ['/api/things/%ff', 'invalid-document'],
    ['http://', 'invalid-document'],
    [1, 'invalid-document'],
  ])('name nothing to remove by the address %s', (href, code) =>
    expectRefused([add(), { op: 'remove', href }], code, '1/href'),
  );

  test('add to their own collection only', async () => {
    await expectRead(
      [{ ...add(), href: '/api/things' }],
      [{ op: 'add', type: 'things', data: add().data }],
    );
    carriedOut = [];
    await expectRefused([{ ...add(), href: '/api/parts' }], 'type-conflict', '0/data/type');
    await expectRefused([{ ...add(), href: '/api/things/1' }], 'invalid-document', '0/href');
    await expectRefused(
      [{ ...add(), ref: { type: 'things', id: '1' } }],
      'invalid-document',
      '0/ref',
    );
  });

  test('update the same resource by ref, href and data', async () => {
    const ref = { type: 'things', id: '1' };
    const read = {
      op: 'update',
      type: 'things',
      target: { id: '1' },
      data: { attributes: { name: 'a' } },
    };
    await expectRead([update({ id: '1' }, { name: 'a' }, { ref })], [read]);
    carriedOut = [];
    await expectRefused([update({ id: '2' }, {}, { ref })], 'id-conflict', '0/data/id');
    await expectRefused([update({}, {}, { ref })], 'invalid-document', '0/data');
    const other = { type: 'parts', id: '1' };
    await expectRefused([update({ id: '1' }, {}, { ref: other })], 'type-conflict', '0/data/type');
    const collection = { href: '/api/things' };
    await expectRefused([update({ id: '1' }, {}, collection)], 'invalid-document', '0/href');
  });

  test('are validated like single requests, with pointers into them', async () => {
    await expectRefused(
      [add({ attributes: { name: '' } })],
      'invalid-attribute',
      '0/data/attributes/name',
    );
    await expectRefused(
      [add({ attributes: { name: 'a', zzz: 1 } })],
      'invalid-attribute',
      '0/data/attributes/zzz',
    );
    await expectRefused(
      [add({ attributes: { name: '\0' } })],
      'invalid-attribute',
      '0/data/attributes/name',
    );
    await expectRefused([add({ id: '1' })], 'client-generated-id', '0/data/id');
    await expectRefused([add({ type: 'others' })], 'type-conflict', '0/data/type');
    await expectRefused(
      [update({ id: '1' }, { name: 1 })],
      'invalid-attribute',
      '0/data/attributes/name',
    );
    await expectRefused(
      [{ op: 'remove', ref: { type: 'parts', id: '1' } }],
      'operation-not-supported',
      '0/op',
    );
  });

  test('may repeat read-only attributes unchanged', async () => {
    const name_ = { name: 'a', size: 5 };
    const whole = update(
      { id: '1', relationships: { owner: { data: { type: 'parts', id: '7' } } } },
      name_,
    );
    expect(await operate(whole)).toEqual({ status: 204 });
    carriedOut = [];
    await expectRefused(
      [update({ id: '1' }, { size: 6 })],
      'read-only-attribute',
      '0/data/attributes/size',
    );
    await expectRefused([update({ id: '2' }, { size: 6 })], 'not-found', '0');
    await expectRefused(
      [add({ attributes: { name: 'a', size: 1 } })],
      'read-only-attribute',
      '0/data/attributes/size',
    );
    await expectRefused(
      [add({ lid: 'a' }), update({ lid: 'a' }, { size: 0 })],
      'read-only-attribute',
      '1/data/attributes/size',
    );
    const owned = { relationships: { owner: { data: null } } };
    await expectRefused(
      [add({ lid: 'a' }), update({ lid: 'a', ...owned }, {})],
      'relationship-read-only',
      '1/data/relationships/owner',
    );
    await expectRefused(
      [
        add(),
        { op: 'update', ref: { type: 'things', id: '1', relationship: 'owner' }, data: null },
      ],
      'relationship-read-only',
      '1/ref/relationship',
    );
  });
});

describe('local ids', () => {
  test('name a resource added by an earlier operation, for each type separately', async () => {
    const ownIdPart = { type: 'parts', id: '9', lid: 'a', attributes: { name: 'p' } };
    expect(
      await operate(
        add({ lid: 'a' }),
        { op: 'add', data: ownIdPart },
        remove({ lid: 'a' }),
        { op: 'update', data: { type: 'parts', lid: 'a' } },
        update({ lid: 'a' }, {}, { ref: { type: 'things', lid: 'a' } }),
      ),
    ).toEqual({ status: 204 });
    expect(carriedOut.map((one) => ('target' in one ? one.target : null))).toEqual([
      null,
      null,
      { addedBy: 0 },
      { id: '9' },
      { addedBy: 0 },
    ]);
  });

  test('are refused if they are used before they are added, added twice, or of another type', async () => {
    await expectRefused([remove({ lid: 'a' }), add({ lid: 'a' })], 'invalid-document', '0/ref/lid');
    await expectRefused([add({ lid: 'a' }), add({ lid: 'a' })], 'invalid-document', '1/data/lid');
    await expectRefused([add({ lid: 1 })], 'invalid-document', '0/data/lid');
    const other = { op: 'update', data: { type: 'parts', lid: 'a' } };
    await expectRefused([add({ lid: 'a' }), other], 'invalid-document', '1/data/lid');
    const both = update({ lid: 'b' }, {}, { ref: { type: 'things', lid: 'a' } });
    await expectRefused([add({ lid: 'a' }), add({ lid: 'b' }), both], 'id-conflict', '2/data/lid');
  });
});

describe('answers', () => {
  test('have a result at the place of each operation', async () => {
    run = async () => [null, { id: '1', name: 'one', size: 5 }];
    const { status, json } = await operate(remove({ id: '2' }), update({ id: '1' }));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      jsonapi: { version: '1.1', ext: ['https://jsonapi.org/ext/atomic'] },
      links: { describedby: 'http://x/openapi.json' },
      'atomic:results': [{}, { data: { type: 'things', id: '1', attributes: { size: 5 } } }],
    });
  });

  const refusal = new JsonApiError([
    protocolProblem('not-found', 'There is none.'),
    protocolProblem('invalid-attribute', 'Not so.', {
      source: { pointer: '/data/attributes/name' },
    }),
  ]);

  test.each([
    ['cannot be', () => (change = ({ op }) => (op === 'update' ? fail(refusal) : op))],
    ['cannot be carried out', () => (run = async () => fail(atOperation(1, refusal)))],
  ])('point to an operation that %s', async (_what, prepare) => {
    prepare();
    const { status, json } = await operate(add(), update({ id: '1' }));
    expect(status).toBe(400);
    expect(json.errors.map(({ source }: { source: object }) => source)).toEqual([
      { pointer: '/atomic:operations/1' },
      { pointer: '/atomic:operations/1/data/attributes/name' },
    ]);
  });
});

function fail(error: Error): never {
  throw error;
}
