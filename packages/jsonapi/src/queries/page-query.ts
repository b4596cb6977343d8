import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { CURSOR_PROFILE, readCursor } from './cursors.ts';
import { readInteger } from '../declarations/filters.ts';
import {
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_NUMBER,
  MAX_PAGE_SIZE,
} from '../declarations/list-declaration.ts';
import type { PageRequest, Sort } from '../declarations/list-request.ts';
import { protocolProblem, type ErrorObject } from '../http/problems.ts';

/** The texts of the query's `page[…]` parameters. */
export type PageTexts = ReadonlyMap<string, string>;

export const pageProperties: Record<string, TSchema> = {
  'page[number]': Type.Integer({ minimum: 1, default: 1, description: 'Counted from 1.' }),
  'page[size]': Type.Integer({
    minimum: 1,
    maximum: MAX_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
    description: 'Resources a page.',
  }),
  'page[after]': Type.String({ description: 'What comes after this cursor.' }),
  'page[before]': Type.String({ description: 'What comes before this cursor.' }),
};

/**
 * Reads the page of a query: by number, or by cursor where the query has a cursor or the request
 * the profile. Adds complaints to `errors`.
 * https://jsonapi.org/profiles/ethanresnick/cursor-pagination/
 */
export function readPage(
  texts: PageTexts,
  { byCursor, sort }: { byCursor: boolean; sort: readonly Sort[] },
  errors: ErrorObject[],
): PageRequest {
  const number = texts.get('page[number]');
  const [after, before] = [texts.get('page[after]'), texts.get('page[before]')];
  const numbered =
    after === undefined && before === undefined && (number !== undefined || !byCursor);
  const size = readSize(texts.get('page[size]'), { numbered }, errors);
  if (numbered) return { style: 'number', number: readNumber(number, errors), size };
  if (number !== undefined) {
    errors.push(
      refusal('page[number]', '"page[number]" and a cursor exclude each other; send one of them.'),
    );
  }
  if (after !== undefined && before !== undefined) {
    errors.push({
      ...refusal('page[before]', 'Send "page[after]" or "page[before]", not both.'),
      links: { type: `${CURSOR_PROFILE}range-pagination-not-supported` },
    });
  }
  return {
    style: 'cursor',
    size,
    after: readPlace('page[after]', after, sort, errors),
    before: readPlace('page[before]', before, sort, errors),
  };
}

function readPlace(
  parameter: string,
  text: string | undefined,
  sort: readonly Sort[],
  errors: ErrorObject[],
) {
  if (text === undefined) return null;
  const position = readCursor(text, sort);
  if (position) return position;
  errors.push(
    refusal(parameter, `"${parameter}" must be a cursor that a list in this order has given.`),
  );
  return null;
}

function readNumber(text: string | undefined, errors: ErrorObject[]): number {
  const number = text === undefined ? 1 : readInteger(text, 1, MAX_PAGE_NUMBER);
  if (number !== undefined) return number;
  const expected = `a whole number from 1 to ${MAX_PAGE_NUMBER}`;
  errors.push(refusal('page[number]', `"page[number]" must be ${expected}.`));
  return 1;
}

function readSize(
  text: string | undefined,
  { numbered }: { numbered: boolean },
  errors: ErrorObject[],
): number {
  if (text === undefined) return DEFAULT_PAGE_SIZE;
  // The profile takes leading zeros.
  const digits = numbered ? text : text.replace(/^0+(?=[1-9])/, '');
  const size = readInteger(digits, 1, Number.MAX_SAFE_INTEGER);
  if (size !== undefined && size <= MAX_PAGE_SIZE) return size;
  const detail = `"page[size]" must be a whole number from 1 to ${MAX_PAGE_SIZE}.`;
  errors.push({
    ...refusal('page[size]', detail),
    ...(size !== undefined && {
      links: { type: `${CURSOR_PROFILE}max-size-exceeded` },
      meta: { page: { maxSize: MAX_PAGE_SIZE } },
    }),
  });
  return DEFAULT_PAGE_SIZE;
}

function refusal(parameter: string, detail: string): ErrorObject {
  return protocolProblem('invalid-parameter', detail, { source: { parameter } });
}
