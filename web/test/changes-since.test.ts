import { expect, test } from 'vitest';
import type { Level, Movement, MovementKind } from '../src/api/index.ts';
import { changesSince } from '../src/stock/changes-since.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const level = (onHand: number, second: number): Level => ({
  productId: '1',
  onHand,
  reserved: 0,
  available: onHand,
  lowStockThreshold: null,
  version: 1,
  updatedAt: at(second),
});
const movement = (kind: MovementKind, onHandDelta: number, second: number) =>
  ({ kind, onHandDelta, createdAt: at(second) }) as Movement;

test('tells what happened between two looks by kind, and leaves out what was before', () => {
  const movements = [
    movement('sale', -1, 5),
    movement('receipt', 20, 4),
    movement('reservation', 0, 4),
    movement('sale', -2, 3),
    movement('sale', -9, 2),
  ];
  const story = changesSince(level(739, 2), level(756, 5), movements);
  expect(story.onHandDelta).toBe(17);
  expect([...story.byKind]).toEqual([
    ['sale', -3],
    ['receipt', 20],
  ]);
});

test('tells only the difference when the movements do not explain it', () => {
  const story = changesSince(level(10, 2), level(4, 5), [movement('sale', -1, 5)]);
  expect(story).toEqual({ onHandDelta: -6, byKind: new Map() });
});
