import type { FastifyReply, FastifyRequest } from 'fastify';
import fc from 'fast-check';
import { Type } from 'typebox';
import { expect, test, vi } from 'vitest';
import type { AnyResourceType, Relationship } from '../src/declarations/resource-type.ts';
import {
  documentText,
  pageText,
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

/** A model as somebody reads it. */
interface Reading {
  readonly id: string;
  readonly version: number;
  readonly isLong: boolean;
}

const request = {} as FastifyRequest;
const reply = {} as FastifyReply;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', '"', '\\', '/', '\n', '\0', '\ud800', '\udc00', 'é', '😀'),
  }),
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

/** One text of these is most of what is remembered of a type. */
const LONG = 'x'.repeat(600_000);

test('remembered texts are those that are written anew', () => {
  const few = fc.constantFrom('a', 'b', 'a b');
  const reading = fc.record({ id: few, version: fc.nat(2), url: few, isLong: fc.boolean() });
  const resource: AnyResourceType = {
    type: 'things',
    attributes: Type.Object({}),
    id: (one: Reading) => one.id,
    view: (one: Reading, { url }) => ({ of: [one.version, url], text: one.isLong && LONG }),
    dependsOn: { model: (one: Reading) => String(one.version), request: ({ url }) => url },
  };
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 12 }), (readings) => {
      const write = resourceWriter(resource);
      const isLong = new Map<string, boolean>();
      for (const one of readings) {
        // A version never changes.
        const key = JSON.stringify([one.id, one.version]);
        const read = { ...one, isLong: isLong.get(key) ?? one.isLong };
        isLong.set(key, read.isLong);
        const by = { url: one.url } as FastifyRequest;
        const whole = { fields: null, inclusion: null };
        const object = resourceObject({ resource, model: read }, by, whole);
        expect(write(read, by) === JSON.stringify(object)).toBe(true);
      }
    }),
  );
});

test('a text is written once while it is remembered', () => {
  const view = vi.fn(() => ({}));
  const resource: AnyResourceType = {
    type: 'things',
    attributes: Type.Object({}),
    id: String,
    view,
    dependsOn: { model: () => '', request: () => '' },
  };
  const write = resourceWriter(resource);
  for (let turn = 0; turn < 3; turn += 1) write(7, request);
  expect(view).toHaveBeenCalledTimes(1);
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
