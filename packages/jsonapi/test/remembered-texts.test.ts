import { expect, test } from 'vitest';
import { createRememberedTexts } from '../src/documents/remembered-texts.ts';

const whole = 'x'.repeat(1_000_000);

function keyOf(id: string, { model = '1', request = 'shop' } = {}) {
  return { id, model, request };
}

test('texts of another model or for another request are not found', () => {
  const texts = createRememberedTexts();
  texts.remember(keyOf('1'), 'one');
  expect(texts.find(keyOf('1'))).toBe('one');
  expect(texts.find(keyOf('1', { model: '2' }))).toBeUndefined();
  expect(texts.find(keyOf('1', { request: 'all' }))).toBeUndefined();
  texts.remember(keyOf('1', { request: 'all' }), 'one for all');
  texts.remember(keyOf('1', { model: '2' }), 'the second');
  expect(texts.find(keyOf('1'))).toBeUndefined();
  expect(texts.find(keyOf('1', { model: '2' }))).toBe('the second');
  expect(texts.find(keyOf('1', { request: 'all' }))).toBe('one for all');
});

test('a new version takes the room of the one before', () => {
  const texts = createRememberedTexts();
  for (let version = 1; version <= 10; version += 1) {
    const key = keyOf('1', { model: `${version}` });
    texts.remember(key, whole);
    expect(texts.find(key)).toBe(whole);
  }
});

test('the first texts stay until ten thousand others were asked for', () => {
  const texts = createRememberedTexts();
  texts.remember(keyOf('first'), whole);
  for (let turn = 1; turn < 10_000; turn += 1) texts.remember(keyOf('other'), 'another');
  expect(texts.find(keyOf('first'))).toBe(whole);
  expect(texts.find(keyOf('other'))).toBeUndefined();
  texts.remember(keyOf('other'), 'another');
  expect(texts.find(keyOf('first'))).toBeUndefined();
  expect(texts.find(keyOf('other'))).toBe('another');
});
