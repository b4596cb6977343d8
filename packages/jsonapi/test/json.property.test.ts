import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameJson } from '../src/json.ts';

/** Few values, so that many are the same. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 0, 1, '', '0', 'a'),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('0', 'a'), tie('any'), { noNullPrototype: true }),
  ),
})).any;

test('two values are the same JSON if and only if they are equal', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      const equal = isDeepStrictEqual(one, other);
      expect(isSameJson(one, other)).toBe(equal);
      expect(isSameJson([one, { other }], structuredClone([one, { other }]))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['dates', new Date(1), new Date(1)],
  ['maps', new Map(), new Map()],
  ['functions', () => 1, () => 1],
  ['NaN', Number.NaN, Number.NaN],
  ['an array and an object', ['a'], { 0: 'a' }],
  ['a member called __proto__ and another one', JSON.parse('{"__proto__":{}}'), { a: 1 }],
  ['a member called __proto__ and none', JSON.parse('{"__proto__":{}}'), {}],
  ['what is missing and what is undefined', {}, { a: undefined }],
])('%s are not said to be the same', (_, one, other) => {
  expect(isSameJson(one, other)).toBe(false);
  expect(isSameJson(other, one)).toBe(false);
  expect(isSameJson({ a: one }, { a: other })).toBe(false);
});
