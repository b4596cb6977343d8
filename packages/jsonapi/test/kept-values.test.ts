import { expect, test } from 'vitest';
import { createKeptValues } from '../src/kept-values.ts';

test('values are kept while there is room', () => {
  const values = createKeptValues<string, number>(10);
  values.keep('a', 1, 6);
  values.keep('b', 2, 4);
  values.keep('c', 3, 1);
  expect(['a', 'b', 'c'].map(values.get)).toEqual([1, 2, undefined]);
  values.clear();
  values.keep('c', 3, 10);
  expect(['a', 'b', 'c'].map(values.get)).toEqual([undefined, undefined, 3]);
});

test('a value takes the room of the one that it replaces', () => {
  const values = createKeptValues<string, number>(10);
  for (let value = 1; value <= 20; value += 1) {
    values.keep('a', value, 1 + (value % 10));
    expect(values.get('a')).toBe(value);
  }
  values.keep('b', 1, 9);
  expect(values.get('b')).toBe(1);
});

test('the first values stay until a hundred thousand others were refused', () => {
  const values = createKeptValues<string, string>(10);
  values.keep('first', 'one', 10);
  for (let turn = 1; turn < 100_000; turn += 1) values.keep('other', 'another', 1);
  expect(values.get('first')).toBe('one');
  expect(values.get('other')).toBeUndefined();
  values.keep('other', 'another', 1);
  expect(values.get('first')).toBeUndefined();
  expect(values.get('other')).toBe('another');
});

test('what is larger than all room is never kept, and takes nothing from others', () => {
  const values = createKeptValues<string, string>(10);
  values.keep('small', 'one', 10);
  for (let turn = 0; turn < 200_000; turn += 1) values.keep('large', 'another', 11);
  expect(values.get('large')).toBeUndefined();
  expect(values.get('small')).toBe('one');
});

test.each([9, 11])(
  'what replaces a value and finds no room leaves none, of the size %d',
  (size) => {
    const values = createKeptValues<string, string>(10);
    values.keep('a', 'old', 5);
    values.keep('b', 'other', 5);
    values.keep('a', 'new', size);
    expect(values.get('a')).toBeUndefined();
    values.keep('a', 'small', 5);
    expect([values.get('a'), values.get('b')]).toEqual(['small', 'other']);
  },
);
