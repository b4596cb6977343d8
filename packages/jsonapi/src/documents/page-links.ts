export interface NumberedPage {
  /** 1 is the first page. */
  number: number;
  size: number;
  /** Rows in the whole list, all pages together. */
  total: number;
}

export interface PageLinks {
  self: string;
  first: string;
  last: string;
  prev: string | null;
  next: string | null;
}

const PAGE_PARAMETER = /^page(?:\[|%5b)(?:number|size|after|before)(?:\]|%5d)(?:=|$)/i;

/**
 * Pagination links for a list asked for as `url` (path and query, or a whole address). All other parameters are kept in
 * their order, brackets come percent-encoded. An empty list has one, empty, page. https://jsonapi.org/format/1.1/#fetching-pagination
 */
export function numberedPageLinks(url: string, page: NumberedPage): PageLinks {
  const linkTo = (number: number): string =>
    withPage(url, `page%5Bnumber%5D=${number}&page%5Bsize%5D=${page.size}`);
  const lastNumber = Math.max(1, Math.ceil(page.total / page.size));
  return {
    self: linkTo(page.number),
    first: linkTo(1),
    last: linkTo(lastNumber),
    prev: page.number > 1 ? linkTo(Math.min(page.number - 1, lastNumber)) : null,
    next: page.number < lastNumber ? linkTo(page.number + 1) : null,
  };
}

/** Links of the cursor-pagination profile; null where there is nothing before or after. https://jsonapi.org/profiles/ethanresnick/cursor-pagination/#auto-id-links */
export function cursorPageLinks(
  url: string,
  { size, before, after }: { size: number; before: string | null; after: string | null },
): { prev: string | null; next: string | null } {
  const linkTo = (parameter: string, cursor: string | null): string | null =>
    cursor && withPage(url, `page%5B${parameter}%5D=${cursor}&page%5Bsize%5D=${size}`);
  return { prev: linkTo('before', before), next: linkTo('after', after) };
}

/** The same address with other page parameters, which come last. */
function withPage(url: string, page: string): string {
  const mark = url.indexOf('?');
  if (mark === -1) return `${url}?${page}`;
  const kept = url
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '' && !PAGE_PARAMETER.test(pair));
  return `${url.slice(0, mark)}?${[...kept.map(encodeBrackets), page].join('&')}`;
}

function encodeBrackets(pair: string): string {
  return pair.replaceAll('[', '%5B').replaceAll(']', '%5D');
}
