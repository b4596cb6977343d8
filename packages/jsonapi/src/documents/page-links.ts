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

const PAGE_PARAMETER = /^page\[(?:number|size|after|before)\]$/;
/** What a query may hold as it is: https://www.rfc-editor.org/rfc/rfc3986#section-3.4 */
const UNSAFE = /[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~%]/gu;

/**
 * Pagination links of a list at `url` (path and query, or a whole address). All other parameters
 * stay in their order; characters that an address may not hold are percent-encoded. An empty list
 * has one empty page. https://jsonapi.org/format/1.1/#fetching-pagination
 */
export function numberedPageLinks(url: string, page: NumberedPage): PageLinks {
  const start = beforePage(url);
  const linkTo = (number: number): string =>
    `${start}page%5Bnumber%5D=${number}&page%5Bsize%5D=${page.size}`;
  const lastNumber = Math.max(1, Math.ceil(page.total / page.size));
  return {
    self: linkTo(page.number),
    first: linkTo(1),
    last: linkTo(lastNumber),
    prev: page.number > 1 ? linkTo(Math.min(page.number - 1, lastNumber)) : null,
    next: page.number < lastNumber ? linkTo(page.number + 1) : null,
  };
}

/**
 * Links of the cursor-pagination profile; null where there is nothing before or after.
 * https://jsonapi.org/profiles/ethanresnick/cursor-pagination/#auto-id-links
 */
export function cursorPageLinks(
  url: string,
  { size, before, after }: { size: number; before: string | null; after: string | null },
): { prev: string | null; next: string | null } {
  const start = beforePage(url);
  const linkTo = (parameter: string, cursor: string | null): string | null =>
    cursor && `${start}page%5B${parameter}%5D=${cursor}&page%5Bsize%5D=${size}`;
  return { prev: linkTo('before', before), next: linkTo('after', after) };
}

/** The same address without its page parameters, for others to follow. */
function beforePage(url: string): string {
  const mark = url.indexOf('?');
  if (mark === -1) return `${url}?`;
  const others = url
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '' && !PAGE_PARAMETER.test(nameOf(pair)));
  return `${url.slice(0, mark)}?${others.map((pair) => `${encodedPair(pair)}&`).join('')}`;
}

/** The name of a parameter, whichever of its characters are percent-encoded. */
function nameOf(pair: string): string {
  const [name] = new URLSearchParams(pair).keys();
  return name ?? '';
}

function encodedPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals === -1) return encoded(pair);
  return `${encoded(pair.slice(0, equals))}=${encoded(pair.slice(equals + 1))}`;
}

/**
 * A name or value of the request, with the characters encoded that an address may not hold. Where
 * one `%` begins no code, every `%` was read as itself.
 */
function encoded(text: string): string {
  const percents = isEncoded(text) ? text : text.replaceAll('%', '%25');
  return percents.replace(UNSAFE, encodeURIComponent);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
