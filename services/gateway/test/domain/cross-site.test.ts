import { expect, test } from 'vitest';
import { isCrossSite, type RequestOrigin } from '../../src/domain/cross-site.ts';

const ownOrigin = 'https://shop.example';
const foreign = 'https://evil.example';

function from(more: Partial<RequestOrigin>): RequestOrigin {
  return { fetchSite: undefined, origin: undefined, ownOrigin, sessionRole: 'operator', ...more };
}

test.each([
  [{ fetchSite: 'same-origin' }],
  [{ fetchSite: 'none' }],
  [{ origin: ownOrigin }],
  [{ sessionRole: 'shopper' }],
  [{ sessionRole: null }],
] as const)('%j comes from here, or from no browser', (provenance) => {
  expect(isCrossSite(from(provenance), [])).toBe(false);
});

test.each([
  [{}],
  [{ fetchSite: 'cross-site' }],
  [{ fetchSite: 'same-site', origin: 'https://other.shop.example' }],
  [{ origin: foreign }],
  [{ origin: 'null' }],
  [{ origin: 'http://shop.example' }],
  [{ origin: foreign, sessionRole: 'shopper' }],
  [{ origin: foreign, sessionRole: null }],
  [{ fetchSite: 'cross-site', sessionRole: null }],
] as const)('%j may be another site', (provenance) => {
  expect(isCrossSite(from(provenance), [])).toBe(true);
});

test('a page of an allowed origin may do what a client without a cookie may, and nothing with a cookie', () => {
  const page = { fetchSite: 'cross-site', origin: foreign } as const;
  for (const allowed of [[foreign], ['*']]) {
    expect(isCrossSite(from({ ...page, sessionRole: null }), allowed)).toBe(false);
    expect(isCrossSite(from({ ...page, sessionRole: 'shopper' }), allowed)).toBe(true);
    expect(isCrossSite(from({ ...page, sessionRole: 'operator' }), allowed)).toBe(true);
  }
});
