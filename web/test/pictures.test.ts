import { expect, test } from 'vitest';
import { thingFor } from '../src/pictures/recognise.ts';
import { stillLifeOf } from '../src/pictures/still-life.ts';
import { things } from '../src/pictures/things.ts';

const mug = { id: '7', name: 'Ceramic Mug', tags: ['kitchen'] };

test('a product has the same picture always, and the same things in the dark', () => {
  expect(stillLifeOf(mug, false)).toEqual(stillLifeOf({ ...mug }, false));
  const dark = stillLifeOf(mug, true);
  expect(dark.standing).toEqual(stillLifeOf(mug, false).standing);
  expect(dark.palette).not.toEqual(stillLifeOf(mug, false).palette);
});

test('products beside each other look different', () => {
  const pictures = Array.from({ length: 50 }, (_, id) =>
    JSON.stringify(stillLifeOf({ ...mug, id: String(id) }, false)),
  );
  expect(new Set(pictures).size).toBeGreaterThan(35);
});

test.each([
  ['Desk Lamp with Dimmer', [], 'lamp'],
  ['Flexo de pinza', [], 'lamp'],
  ['Mochila de lona', [], 'backpack'],
  ['Cuchillo de chef', [], 'knife'],
  ['TAZA AZUL', [], 'mug'],
  ['Model X', ['Teléfonos'], 'phone'],
])('%s is recognised', (name, tags, thing) => {
  expect(thingFor(name, tags, 0)).toBe(thing);
});

test('what nobody knows gets something all the same', () => {
  expect(Object.keys(things)).toContain(thingFor('Xyzzy', [], 123));
});

test('all that is drawn is paths of numbers', () => {
  for (const draw of Object.values(things))
    for (const { d } of draw()) expect(d).toMatch(/^M[\d\s.,a-zA-Z-]+$/);
});
