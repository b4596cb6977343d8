import { expect, test } from 'vitest';
import { readMigrateCall } from '../migrate-call.ts';

const read = (line: string) => readMigrateCall(line.split(' ').filter((arg) => arg !== ''));

test.each([
  ['status', { command: 'status', services: ['products', 'inventory'] }],
  ['up', { command: 'up', services: ['products', 'inventory'] }],
  ['up inventory', { command: 'up', services: ['inventory'] }],
  ['down products', { command: 'down', service: 'products' }],
  ['new products add-brand', { command: 'new', service: 'products', name: 'add-brand' }],
  [
    'copy inventory --from file:./a.db --to postgres://x@y/z',
    {
      command: 'copy',
      service: 'inventory',
      ends: { from: 'file:./a.db', to: 'postgres://x@y/z' },
    },
  ],
  [
    'copy products --to=file:./a.db',
    { command: 'copy', service: 'products', ends: { to: 'file:./a.db' } },
  ],
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
  'copy inventory',
  'copy --from file:./a.db',
  'copy inventory extra --from file:./a.db',
  'up --from file:./a.db',
  'copy inventory --from',
  'copy inventory --form file:./a.db',
])('"%s" makes no sense', (line) => {
  expect(read(line)).toBeNull();
});
