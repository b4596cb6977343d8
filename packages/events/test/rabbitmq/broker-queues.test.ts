import { describe, expect, test } from 'vitest';
import { matchesTopic, readBrokerQueues } from '../../src/rabbitmq/broker-queues.ts';

describe('BROKER_QUEUES', () => {
  test('names queues and the types that they get', () => {
    expect(readBrokerQueues(' warehouse = stock.*, purchase.completed ; mail=stock.low;')).toEqual([
      { name: 'warehouse', patterns: ['stock.*', 'purchase.completed'] },
      { name: 'mail', patterns: ['stock.low'] },
    ]);
    expect(readBrokerQueues('')).toEqual([]);
  });

  test.each([
    ['warehouse', '"warehouse" is not'],
    ['=stock.*', '"=stock.*" is not'],
    ['amq.mine=#', '"amq.mine=#" is not'],
    ['a=b=c', '"a=b=c" is not'],
    ['a=', '"" is not'],
    ['a=stock.*,', '"" is not'],
    ['a=Stock', '"Stock" is not'],
    ['a=stock..low', '"stock..low" is not'],
    ['a=sto*', '"sto*" is not'],
    ['a=#;a=stock.*', 'not "a" twice'],
  ])('refuses %s', (text, reason) => {
    expect(() => readBrokerQueues(text)).toThrow(reason);
  });
});

test.each([
  ['#', 'stock.low', true],
  ['stock.*', 'stock.low', true],
  ['stock.*', 'stock', false],
  ['stock.#', 'stock', true],
  ['stock.#', 'stock.low.again', true],
  ['*.low', 'stock.low', true],
  ['*', 'stock.low', false],
  ['#.low', 'low', true],
  ['stock.low', 'stock.sold', false],
  ['stock.low', 'stock.low', true],
])('%s matches %s: %s', (pattern, key, matches) => {
  expect(matchesTopic(pattern, key)).toBe(matches);
});
