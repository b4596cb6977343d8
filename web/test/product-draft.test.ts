import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Product } from '../src/api/index.ts';
import {
  draftMembers,
  draftOf,
  editedMembers,
  inputOf,
  rebased,
  tooLong,
  type ProductDraft,
} from '../src/products/product-draft.ts';
import { characterCount, firstCharacters } from '../src/texts.ts';

const product: Product = {
  id: '7',
  sku: 'A,1',
  name: 'Mug',
  description: '  Two spaces, and a line at the end. \r\n',
  price: 12.5,
  currency: 'USD',
  status: 'active',
  imageUrl: null,
  tags: ['a,b', 'c;d', 'e|f', ' é '],
  barcodes: ['4006381333931'],
  packSize: 12,
  leadTimeDays: null,
  supplier: null,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};
const origin = draftOf(product, 'en-US');

describe('of a product that is there', () => {
  test('nothing is sent that was not edited, whatever it holds', () => {
    expect(inputOf(origin, origin, 12.5)).toEqual({});
    expect(inputOf({ ...origin, name: 'Cup' }, origin, 12.5)).toEqual({ name: 'Cup' });
    expect(inputOf({ ...origin, description: '' }, origin, 12.5)).toEqual({ description: null });
    expect(inputOf({ ...origin, tags: [...origin.tags, 'x'] }, origin, 12.5)).toEqual({
      tags: ['a,b', 'c;d', 'e|f', ' é ', 'x'],
    });
  });

  test('a new currency is sent with the price, an empty one not at all', () => {
    expect(inputOf({ ...origin, currency: 'eur' }, origin, 9)).toEqual({
      currency: 'EUR',
      price: 9,
    });
    expect(inputOf({ ...origin, currency: '', name: 'Cup' }, origin, 9)).toEqual({ name: 'Cup' });
  });

  test('a description is sent as it was typed', () => {
    const description = ' typed \n';
    expect(inputOf({ ...origin, description }, origin, 1)).toEqual({ description });
  });

  test('what someone else left fills the fields that were not edited', () => {
    const theirs = draftOf({ ...product, name: 'Theirs', price: 99, tags: ['new'] }, 'en-US');
    const mine = { ...origin, name: 'Mine', sku: 'B' };
    const both = rebased(mine, origin, theirs);
    expect(both).toEqual({ ...theirs, name: 'Mine', sku: 'B' });
    expect(inputOf(both, theirs, 99)).toEqual({ name: 'Mine', sku: 'B' });
  });
});

test('of a new product all that is filled in is sent', () => {
  const empty = draftOf(null, 'en-US');
  expect(inputOf({ ...empty, name: 'Mug', price: '5' }, empty, 5)).toEqual({
    name: 'Mug',
    price: 5,
  });
});

test('any edits are sent, and nothing beside them', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  const edits = fc.record(
    {
      name: text,
      sku: text,
      description: text,
      imageUrl: text,
      tags: fc.uniqueArray(text, { maxLength: 3 }),
      supplier: text,
      packSize: fc.nat(99).map(String),
      barcodes: fc.uniqueArray(text, { maxLength: 3 }),
      status: fc.constantFrom('active', 'draft', 'archived'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Partial<ProductDraft>>;
  fc.assert(
    fc.property(edits, edits, (mine, theirs) => {
      const draft = { ...origin, ...mine };
      const members = editedMembers(draft, origin);
      expect(Object.keys(inputOf(draft, origin, 1)).toSorted()).toEqual(members.toSorted());
      const next = { ...origin, ...theirs };
      const both = rebased(draft, origin, next);
      for (const name of draftMembers)
        expect(both[name]).toEqual(members.includes(name) ? draft[name] : next[name]);
    }),
  );
});

describe('lengths', () => {
  test('count characters as the services do', () => {
    expect(characterCount('😀'.repeat(200))).toBe(200);
    expect(characterCount('e\u0301')).toBe(1);
    expect(firstCharacters('😀😀😀', 2)).toBe('😀😀');
    expect(firstCharacters('abc', 5)).toBe('abc');
  });

  test('are judged of what will be stored', () => {
    const long = (draft: Partial<ProductDraft>) => tooLong({ ...origin, ...draft });
    expect(long({ name: ` ${'😀'.repeat(200)} ` })).toEqual([]);
    expect(long({ name: 'x'.repeat(201) })).toMatchObject([{ member: 'name', max: 200 }]);
    expect(long({ description: 'x'.repeat(5_001) })).toMatchObject([{ member: 'description' }]);
    expect(long({ tags: ['é'.normalize('NFD').repeat(50)] })).toEqual([]);
    expect(long({ tags: ['x'.repeat(51)] })).toMatchObject([{ member: 'tags', max: 50 }]);
    const many = Array.from({ length: 21 }, String);
    expect(long({ tags: many })).toMatchObject([{ member: 'tags', max: 20, unit: 'entries' }]);
  });
});
