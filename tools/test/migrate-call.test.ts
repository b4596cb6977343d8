import { expect, test } from 'vitest';
import { readMigrateCall } from '../migrate-call.ts';

const read = (line: string) => readMigrateCall(line.split(' ').filter((arg) => arg !== ''));

test.each([
  ['status', { command: 'status', services: ['products', 'inventory'], name: '' }],
  ['up', { command: 'up', services: ['products', 'inventory'], name: '' }],
  ['up inventory', { command: 'up', services: ['inventory'], name: '' }],
  ['down products', { command: 'down', services: ['products'], name: '' }],
  ['new products add-brand', { command: 'new', services: ['products'], name: 'add-brand' }],
])('"%s" is understood', (line, call) => {
  expect(read(line)).toEqual(call);
});

test.each([
  '',
  'sideways',
  'up storage',
  'down',
  'new',
  'new products',
  'new storage add-brand',
  'up products extra',
  'new products add-brand extra',
])('"%s" makes no sense', (line) => {
  expect(read(line)).toBeNull();
});
