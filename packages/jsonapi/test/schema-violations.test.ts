import { expect, test } from 'vitest';
import { violationFinder } from '../src/http/schema-violations.ts';

test.each([
  ['a list without a bound', { type: 'array', items: { type: 'string' } }, 'maxItems'],
  ['members of some names that must be texts', { patternProperties: { a: { type: 'a' } } }, 'own'],
])('%s is refused when the schema is declared', (_what, schema, words) => {
  expect(() => violationFinder(schema, 1)).toThrow(words);
});

test('a name that a pattern knows is fine, and others are told up to the bound', () => {
  const schema = { type: 'object', patternProperties: { '^x-': {} }, additionalProperties: false };
  const value = { 'x-a': 1, b: 2, c: 3, d: 4 };
  expect(violationFinder(schema, 2)(value).map(({ path }) => path)).toEqual([['b'], ['c']]);
  expect(violationFinder(schema, 9)(value)).toHaveLength(3);
});

test('an item of a list is looked at until the bound is reached', () => {
  const schema = { type: 'array', maxItems: 5, items: { type: 'string' } };
  expect(violationFinder(schema, 1)([1, 2, 'three'])).toHaveLength(1);
  expect(violationFinder(schema, 9)([1, 2, 'three'])).toHaveLength(2);
});
