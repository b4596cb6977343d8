import { describe, expect, test } from 'vitest';
import { etag, ifMatchVersions, ifNoneMatchHits } from '../src/http/etags.ts';
import { numberedPageLinks } from '../src/documents/page-links.ts';

const page = (number: number, total = 45, size = 20) => ({ number, size, total });
const link = (number: number, before = '') =>
  `/x?${before}page%5Bnumber%5D=${number}&page%5Bsize%5D=20`;

describe('page links', () => {
  test('in the middle there are all four', () => {
    expect(numberedPageLinks('/x?page[number]=2', page(2))).toEqual({
      self: link(2),
      first: link(1),
      last: link(3),
      prev: link(1),
      next: link(3),
    });
  });

  test('prev and next are null at the ends', () => {
    expect(numberedPageLinks('/x', page(1)).prev).toBeNull();
    expect(numberedPageLinks('/x', page(3)).next).toBeNull();
  });

  test('an empty list has one page', () => {
    expect(numberedPageLinks('/x', page(1, 0))).toEqual({
      self: link(1),
      first: link(1),
      last: link(1),
      prev: null,
      next: null,
    });
  });

  test('past the end, prev leads back to the last page', () => {
    expect(numberedPageLinks('/x', page(99))).toMatchObject({ prev: link(3), next: null });
  });

  test('other parameters are kept, however the page parameter is encoded', () => {
    const url = '/x?filter[search]=a%20b&page%5Bsize%5D=20&sort=-name&page[number]=1';
    expect(numberedPageLinks(url, page(1)).next).toBe(
      link(2, 'filter%5Bsearch%5D=a%20b&sort=-name&'),
    );
  });
});

describe('entity tags', () => {
  test('If-Match gives the versions of our own strong tags, and null for any', () => {
    expect(etag(7)).toBe('"7"');
    for (const header of [undefined, '*', ' * ']) expect(ifMatchVersions(header)).toBeNull();
    for (const header of ['"7"', ' "7" ', '"abc", "7"', 'W/"1","7"', '"07", "7"'])
      expect(ifMatchVersions(header)).toEqual([7]);
    expect(ifMatchVersions('"1","2"')).toEqual([1, 2]);
    const [earlier, later] = [etag(7, '40-x'), etag(7, '41')];
    expect(ifMatchVersions(earlier)).toEqual([7]);
    expect(ifNoneMatchHits(earlier, later)).toBe(false);
    for (const header of ['W/"7"', '7', '', '"a,7"', '"7a"', '"99999999999999999"'])
      expect(ifMatchVersions(header)).toEqual([]);
  });

  test('If-None-Match compares weakly', () => {
    const current = etag(7);
    for (const header of ['*', '"7"', 'W/"7"', '"1", W/"7"'])
      expect(ifNoneMatchHits(header, current)).toBe(true);
    for (const header of [undefined, '"8"', '7', ''])
      expect(ifNoneMatchHits(header, current)).toBe(false);
  });
});
