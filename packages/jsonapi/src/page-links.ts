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

const PAGE_PARAMETER = /^page(?:\[|%5b)(?:number|size)(?:\]|%5d)(?:=|$)/i;

/**
 * Pagination links for a list asked for as `url` (path and query, or a whole address). All other parameters are kept in
 * their order, brackets come percent-encoded. An empty list has one, empty, page. https://jsonapi.org/format/1.1/#fetching-pagination
 */
export function numberedPageLinks(url: string, page: NumberedPage): PageLinks {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const kept =
    mark === -1
      ? []
      : url
          .slice(mark + 1)
          .split('&')
          .filter((pair) => pair !== '' && !PAGE_PARAMETER.test(pair));
  const prefix = [...kept.map(encodeBrackets), 'page%5Bnumber%5D='].join('&');
  const linkTo = (number: number): string =>
    `${path}?${prefix}${number}&page%5Bsize%5D=${page.size}`;
  const lastNumber = Math.max(1, Math.ceil(page.total / page.size));
  return {
    self: linkTo(page.number),
    first: linkTo(1),
    last: linkTo(lastNumber),
    prev: page.number > 1 ? linkTo(Math.min(page.number - 1, lastNumber)) : null,
    next: page.number < lastNumber ? linkTo(page.number + 1) : null,
  };
}

function encodeBrackets(pair: string): string {
  return pair.replaceAll('[', '%5B').replaceAll(']', '%5D');
}
