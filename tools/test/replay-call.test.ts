import { expect, test } from 'vitest';
import { readReplayCall } from '../replay/replay-call.ts';

const read = (line: string) => readReplayCall(line.split(' ').filter((arg) => arg !== ''));
const since = (time: string) => ({ since: new Date(time) });

test.each([
  ['replay --from 0', { services: ['products', 'inventory'], from: { position: 0 }, queue: null }],
  [
    'replay inventory --from 41 --to warehouse',
    { services: ['inventory'], from: { position: 41 }, queue: 'warehouse' },
  ],
  [
    'replay products --from=2026-11-29T08:00:00Z',
    { services: ['products'], from: since('2026-11-29T08:00:00Z'), queue: null },
  ],
  [
    'replay products --from 2026-11-29T08:00+01:00',
    { services: ['products'], from: since('2026-11-29T07:00:00Z'), queue: null },
  ],
  [
    'replay products --from 2026-11-29',
    { services: ['products'], from: since('2026-11-29T00:00:00Z'), queue: null },
  ],
])('"%s" is understood', (line, call) => {
  expect(read(line)).toEqual(call);
});

test.each([
  '',
  'replay',
  'replay storage --from 0',
  'replay inventory extra --from 0',
  'play --from 0',
  'replay --from -1',
  'replay --from yesterday',
  'replay --from 2026-13-40',
  'replay --from 2026-11-29T08:00:00',
  'replay --from 0 --to',
  'replay --from 0 --to=',
  'replay --form 0',
])('"%s" makes no sense', (line) => {
  expect(read(line)).toBeNull();
});
