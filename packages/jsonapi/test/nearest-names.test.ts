import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearestNames, quoted, suggestionFor } from '../src/http/nearest-names.ts';
import { createRouteTable } from '../src/http/route-table.ts';

const parameters = [
  'fields[products]',
  'filter[id]',
  'filter[id][ne]',
  'filter[sku]',
  'filter[sku][startsWith]',
  'filter[name]',
  'filter[name][contains]',
  'filter[name][ne]',
  'filter[name][in]',
  'filter[tags]',
  'filter[status]',
  'filter[search]',
  'sort',
  'page[number]',
  'page[size]',
  'page[after]',
];

describe('the nearest names', () => {
  test.each([
    ['filter[naem]', ['filter[name]']],
    ['filter[Name]', ['filter[name]']],
    ['filter[stats]', ['filter[status]', 'filter[tags]']],
    ['search', ['filter[search]']],
    ['page', ['page[number]', 'page[size]', 'page[after]']],
    ['page_size', ['page[size]']],
    ['srot', ['sort']],
    ['fields[product]', ['fields[products]']],
    ['filter[zebra]', []],
    ['q', []],
    ['', []],
    ['x'.repeat(10_000), []],
  ])('of a parameter %#', (name, expected) => {
    expect(nearestNames(name, parameters)).toEqual(expected);
  });

  test.each([
    ['nmae', ['name']],
    ['image_url', ['imageUrl']],
    ['expirySeconds', ['expiresInSeconds']],
    ['title', []],
    ['qty', []],
  ])('of the attribute %s are %j', (name, expected) => {
    const names = ['name', 'sku', 'price', 'imageUrl', 'expiresInSeconds', 'quantity'];
    expect(nearestNames(name, names)).toEqual(expected);
  });

  test('include every name with one typing mistake', () => {
    const slips: readonly ((name: string, at: number, letter: string) => string)[] = [
      (name, at) => name.slice(0, at) + name.slice(at + 1),
      (name, at, letter) => name.slice(0, at) + letter + name.slice(at),
      (name, at, letter) => name.slice(0, at) + letter + name.slice(at + 1),
      (name, at) =>
        name.slice(0, at) + (name[at + 1] ?? '') + (name[at] ?? '') + name.slice(at + 2),
      (name) => name.toUpperCase(),
    ];
    const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split(''));
    const long = parameters.filter((name) => name.length > 3);
    fc.assert(
      fc.property(
        fc.constantFrom(...long),
        fc.constantFrom(...slips),
        fc.nat({ max: 40 }),
        letters,
        (name, slip, place, letter) => {
          const near = nearestNames(slip(name, place % name.length, letter), parameters);
          expect(near.length).toBeLessThanOrEqual(3);
          expect(near).toContain(name);
        },
      ),
    );
  });

  test('are suggested, or a short list of all, or the place of the list', () => {
    expect(suggestionFor('srot', parameters)).toBe(
      'Did you mean "sort"? /docs lists all that there are.',
    );
    expect(suggestionFor('zebra', parameters)).toBe('/docs lists those that are.');
    expect(suggestionFor('zebra', ['sku', 'name'])).toBe('Possible are sku, name.');
  });

  test('repeat no more of a request than the length of a name', () => {
    expect(quoted('sku')).toBe('"sku"');
    expect(quoted('x'.repeat(10_000))).toHaveLength(63);
  });
});

describe('the nearest addresses', () => {
  const table = createRouteTable();
  for (const path of [
    '/api/v1/products',
    '/api/v1/products/:id',
    '/api/v1/purchases',
    '/api/v1/purchases/:id',
    '/api/v1/purchases/:id/movements',
    '/api/v1/inventories/:id',
    '/inventory/:id',
    '/inventory/:id/purchase',
    '/docs/*',
    '/health',
  ])
    table.add(path, 'GET');

  test.each([
    ['/api/v1/purchase', ['/api/v1/purchases']],
    ['/api/v1/Purchases', ['/api/v1/purchases']],
    ['/api/v1/purchases/', ['/api/v1/purchases']],
    ['/purchases', ['/api/v1/purchases']],
    ['/v1/purchases/7', ['/api/v1/purchases/7']],
    ['/api/purchases', ['/api/v1/purchases']],
    ['/api/v2/products/7', ['/api/v1/products/7']],
    ['/api/v1/purchases/7/movement', ['/api/v1/purchases/7/movements']],
    ['/inventory/5/purchse', ['/inventory/5/purchase']],
    ['/healht', ['/health']],
    ['/nowhere', []],
    ['/api/v1/nowhere', []],
    ['/api/v1/nowhere/5', []],
    ['/', []],
    [`/${'a/'.repeat(5_000)}`, []],
  ])('of an address %#', (path, expected) => {
    expect(table.nearestTo(path)).toEqual(expected);
  });
});
