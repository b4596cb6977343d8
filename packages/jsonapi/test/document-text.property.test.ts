import type { FastifyReply, FastifyRequest } from 'fastify';
import fc from 'fast-check';
import { Type } from 'typebox';
import { expect, test, vi } from 'vitest';
import type { AnyResourceType, Relationship } from '../src/declarations/resource-type.ts';
import {
  documentText,
  pageText,
  rememberingWriter,
  resourceWriter,
  resultsBody,
} from '../src/documents/document-text.ts';
import { pageDocument, resourceDocument } from '../src/documents/resource-document.ts';
import { resourceObject } from '../src/documents/serialize.ts';
import type { ResourceQuery } from '../src/queries/resource-query.ts';

// Documents written as text are those that the other way gives, byte for byte, whatever a type
// declares and whatever its models hold.

interface Model {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly related: string | null;
}

const request = {} as FastifyRequest;
const reply = {} as FastifyReply;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', '"', '\\', '/', '\n', '\0', '\ud800', '\udc00', 'é', '😀'),
  }),
  fc.constant('__proto__'),
);
const model: fc.Arbitrary<Model> = fc.record({
  id: text,
  attributes: fc.dictionary(text, fc.oneof(fc.jsonValue(), fc.constant(undefined)), { maxKeys: 4 }),
  related: fc.option(text),
});

const others = { type: 'others', attributes: Type.Object({}), id: () => '', view: () => ({}) };
const neverLoad = () => Promise.reject(new Error('Nothing is included'));
const toOne: Relationship<Model> = {
  kind: 'one',
  to: () => others,
  id: ({ related }) => related,
  load: neverLoad,
};
const toMany: Relationship<Model> = { kind: 'many', to: () => others, load: neverLoad };

const resourceType = fc
  .record({
    type: text,
    address: fc.option(text),
    links: fc.option(fc.dictionary(text, text, { maxKeys: 2 })),
    relationships: fc.option(fc.dictionary(text, fc.constantFrom(toOne, toMany), { maxKeys: 3 })),
  })
  .map(({ type, address, links, relationships }): AnyResourceType => {
    return {
      type,
      attributes: Type.Object({}),
      id: (one: Model) => one.id,
      view: (one: Model) => one.attributes,
      ...(address !== null && { self: (one: Model) => address + one.id }),
      ...(links && { links: () => links }),
      ...(relationships && { relationships }),
    };
  });

const query: ResourceQuery = {
  fields: null,
  include: null,
  list: { filters: [], sort: [], page: { style: 'number', number: 2, size: 2 } },
};

test('the text of one resource is the document of the other way', async () => {
  await fc.assert(
    fc.asyncProperty(resourceType, model, text, text, async (resource, one, origin, self) => {
      const data = { resource, model: one };
      const document = await resourceDocument(data, query, { origin, self }, request);
      const written = documentText(resourceWriter(resource)(one, request), { origin, self });
      expect(written).toBe(JSON.stringify(document));
    }),
  );
});

test('the text of a page is the document of the other way', async () => {
  const page = fc.record({
    items: fc.array(model, { maxLength: 3 }),
    total: fc.nat(20),
    totalIsCapped: fc.boolean(),
    hasNext: fc.boolean(),
    hasPrevious: fc.boolean(),
  });
  const meta = fc.option(fc.dictionary(text, fc.jsonValue(), { maxKeys: 2 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(resourceType, page, meta, async (resource, ofItems, more) => {
      const addresses = { origin: 'http://shop', url: '/things?page[number]=2&filter[a]=%22' };
      const resourcePage = { resource, page: ofItems, query, addresses, reply, meta: more };
      const document = await pageDocument(resourcePage, request);
      const written = pageText(resourcePage, resourceWriter(resource), request);
      expect(written).toBe(JSON.stringify(document));
    }),
  );
});

/** One text of these is remembered, a second one finds no room. */
const LONG = 'x'.repeat(300_000);

test('remembered texts are those that are written anew', () => {
  const words = fc.constantFrom('a', 'b', 'a b');
  const models = fc.array(fc.record({ id: words, value: fc.nat(), isLong: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  });
  const readings = fc.array(fc.record({ place: fc.nat(), url: words }), { maxLength: 12 });
  type Thing = { id: string; value: number; isLong: boolean };
  const resource: AnyResourceType = {
    type: 'things',
    attributes: Type.Object({}),
    id: ({ id }: Thing) => id,
    view: ({ value, isLong }: Thing, { url }) => ({ of: [value, url], text: isLong && LONG }),
    variant: ({ url }) => url,
  };
  fc.assert(
    fc.property(models, readings, (things, order) => {
      const [write, writeAnew] = [rememberingWriter(resource), resourceWriter(resource)];
      for (const { place, url } of order) {
        // As from a database: another object each time.
        const thing = { ...things[place % things.length] };
        const by = { url } as FastifyRequest;
        expect(write(thing, by) === writeAnew(thing, by)).toBe(true);
      }
    }),
  );
});

test('the text of a model is written once, where the type says on what else it depends', () => {
  const view = vi.fn(() => ({}));
  const resource = { type: 'things', attributes: Type.Object({}), id: () => '1', view };
  const times = (type: AnyResourceType): number => {
    view.mockClear();
    const write = rememberingWriter(type);
    for (const tags of [['a'], ['a'], ['b'], ['b']]) write({ tags }, request);
    return view.mock.calls.length;
  };
  expect(times({ ...resource, variant: () => 'all' })).toBe(2);
  expect(times(resource)).toBe(4);
});

test('the results of operations are, as bytes, the document of the other way', () => {
  const models = fc.array(fc.option(model), { maxLength: 60 });
  fc.assert(
    fc.property(resourceType, models, text, (resource, left, origin) => {
      const jsonapi = { version: '1.1' };
      const whole = { fields: null, inclusion: null };
      const results = left.map((one) => {
        if (one === null) return {};
        return { data: resourceObject({ resource, model: one }, request, whole) };
      });
      const links = { describedby: `${origin}/openapi.json` };
      const document = { jsonapi, links, 'atomic:results': results };
      const write = resourceWriter(resource);
      const resourceAt = (index: number): string | null => {
        const one = left[index] ?? null;
        return one && write(one, request);
      };
      const written = resultsBody(left.length, resourceAt, { jsonapi, origin });
      expect(written.toString()).toBe(JSON.stringify(document));
    }),
  );
});
