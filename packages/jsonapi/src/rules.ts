import { isObject, type Json } from './json.ts';
import { checkErrors } from './rules/errors.ts';
import type { Catalogue } from './rules/errors.ts';
import { checkInclusion } from './rules/inclusion.ts';
import { checkLinks, hrefOf, LINK_NAMES } from './rules/links.ts';
import { checkMembers, checkMeta, listAt, objectAt, queryOf } from './rules/report.ts';
import type { CheckedAnswer, CheckedRequest, Report } from './rules/report.ts';
import { checkLinkage, checkResource } from './rules/resources.ts';

/**
 * What holds for every answer of a JSON:API 1.1 server, as one function for its tests: it shares no
 * code with what makes the answers, and knows no test framework.
 */

export type { Catalogue, CheckedAnswer, CheckedRequest };
export { undocumentedCodes } from './rules/documented.ts';

/** The URI of the Atomic Operations extension, the only one whose members are known here. */
const ATOMIC = 'https://jsonapi.org/ext/atomic';

/**
 * Every breach of the specification's general rules, one line each that says where; none for a good
 * answer. Ours on top of them: links are whole addresses, `errors` comes with a status from 400 on
 * and only then, error objects have status, code, title and a detail that is a sentence, `jsonapi`
 * is always there, a status comes with the headers that go with it.
 * @param catalogue of the codes of errors; left out, their titles are not checked
 */
export function breachesOf(
  answer: CheckedAnswer,
  request: CheckedRequest,
  catalogue?: Catalogue,
): string[] {
  const breaches: string[] = [];
  const report: Report = (where, what) => void breaches.push(`${where}: ${what}`);
  const method = request.method?.toUpperCase() ?? 'GET';
  // Tells how to speak with an address, and is no representation of it.
  const isAboutMethods = method === 'OPTIONS' && answer.status < 300;
  if (!isAboutMethods) checkHeaders(answer, report);
  if (mayHaveBody(answer, method)) checkBody(answer, request, catalogue, report);
  else if (answer.text !== '') report('body', 'must be empty');
  return breaches;
}

function mayHaveBody({ status }: CheckedAnswer, method: string): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

// ---------------------------------------------------------------- headers

function checkHeaders({ status, headers }: CheckedAnswer, report: Report): void {
  const needed: Record<number, string> = {
    401: 'www-authenticate',
    405: 'allow',
    429: 'retry-after',
    503: 'retry-after',
  };
  const name = needed[status];
  if (name !== undefined && headers[name] === undefined)
    report(`header ${name}`, `must come with ${status}`);
  const varied = String(headers['vary']).split(',');
  if (!varied.some((header) => header.trim().toLowerCase() === 'accept'))
    report('header vary', 'must name Accept');
  const type = headers['content-type'];
  if (status === 204 || status === 304) {
    if (type !== undefined) report('header content-type', `must not come with ${status}`);
  } else if (!MEDIA_TYPE.test(String(type))) {
    report('header content-type', `"${String(type)}" is not the media type of JSON:API`);
  }
}

const LIST = '"[!#-\\[\\]-~]+(?: [!#-\\[\\]-~]+)*"';
/**
 * With no other parameters than `ext` and `profile`, each at most once:
 * https://jsonapi.org/format/1.1/#media-type-parameter-rules
 */
const MEDIA_TYPE = new RegExp(
  `^application/vnd\\.api\\+json(?!.*ext=.*; ?ext=|.*profile=.*; ?profile=)(?:; ?(?:ext|profile)=${LIST}){0,2}$`,
);

/** The URIs of a parameter of the media type. */
function appliedBy(headers: CheckedAnswer['headers'], parameter: 'ext' | 'profile'): string[] {
  const value = new RegExp(`; ?${parameter}="([^"]*)"`).exec(String(headers['content-type']))?.[1];
  return value?.split(' ') ?? [];
}

// ---------------------------------------------------------------- the document

function checkBody(
  answer: CheckedAnswer,
  request: CheckedRequest,
  catalogue: Catalogue | undefined,
  report: Report,
): void {
  if (answer.text === '') return report('body', `must not be empty with ${answer.status}`);
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    return report('body', 'must be JSON');
  }
  const document = objectAt(value, 'body', report);
  if (document === undefined) return;
  checkTopLevel(document, answer, report);
  checkJsonApiObject(document['jsonapi'], answer, report);
  checkLinks(document, LINK_NAMES.document, '', report);
  checkMeta(document, '', report);
  if ('errors' in document) {
    const { status } = answer;
    checkErrors(document['errors'], { status, request, catalogue, report });
  }
  if ('data' in document) checkData(document, request, report);
  if ('atomic:results' in document) checkResults(document, report);
  if (answer.status === 201) checkLocation(document, answer, report);
}

/** https://jsonapi.org/format/1.1/#document-top-level */
function checkTopLevel(document: Json, { status, headers }: CheckedAnswer, report: Report): void {
  const extension = appliedBy(headers, 'ext').includes(ATOMIC) ? ['atomic:results'] : [];
  const contents = ['data', 'errors', 'meta', ...extension];
  checkMembers(document, ['jsonapi', 'links', 'included', ...contents], '', report);
  if (!contents.some((name) => name in document))
    report('body', 'must have data, errors, meta or a member of an extension');
  if ('data' in document && 'errors' in document)
    report('body', 'must not have both data and errors');
  if ('included' in document && !('data' in document))
    report('included', 'must not come without data');
  if ('errors' in document !== status >= 400)
    report('errors', `must come with a status from 400 on and only then, not with ${status}`);
}

/** https://jsonapi.org/format/1.1/#document-jsonapi-object */
function checkJsonApiObject(value: unknown, { headers }: CheckedAnswer, report: Report): void {
  const about = objectAt(value, 'jsonapi', report);
  if (about === undefined) return;
  checkMembers(about, ['version', 'ext', 'profile', 'meta'], 'jsonapi', report);
  if (about['version'] !== '1.1') report('jsonapi/version', 'must be "1.1"');
  for (const name of ['ext', 'profile'] as const) {
    if (!(name in about)) continue;
    const uris = listAt(about[name], `jsonapi/${name}`, report).map(String);
    if (uris.toSorted().join() !== appliedBy(headers, name).toSorted().join())
      report(`jsonapi/${name}`, 'must be what the content type says');
  }
  checkMeta(about, 'jsonapi', report);
}

function checkData(document: Json, request: CheckedRequest, report: Report): void {
  const { data } = document;
  const isLinkage = /\/relationships\/[^/?#]+(?:[?#]|$)/.test(request.url);
  if (isLinkage) checkLinkage(data, 'data', report);
  else if (Array.isArray(data)) {
    for (const [index, one] of data.entries()) checkResource(one, `data/${index}`, report);
  } else if (data !== null) checkResource(data, 'data', report);

  const hasIncluded = 'included' in document;
  const included = hasIncluded ? listAt(document['included'], 'included', report) : [];
  for (const [index, one] of included.entries()) checkResource(one, `included/${index}`, report);
  const names = [...queryOf(request).keys()];
  const cutTypes = new Set(names.flatMap((name) => /^fields\[(.+)\]$/.exec(name)?.[1] ?? []));
  checkInclusion(data, included, { isLinkage, cutTypes }, report);
}

/** https://jsonapi.org/ext/atomic/#result-objects */
function checkResults(document: Json, report: Report): void {
  const others = ['data', 'included', 'errors'].filter((name) => name in document);
  for (const name of others) report(name, 'must not come with results of operations');
  const results = listAt(document['atomic:results'], 'atomic:results', report);
  if (results.length === 0) report('atomic:results', 'must not be empty');
  for (const [index, value] of results.entries()) {
    const where = `atomic:results/${index}`;
    const result = objectAt(value, where, report);
    if (result === undefined) continue;
    checkMembers(result, ['data', 'meta'], where, report);
    checkMeta(result, where, report);
    const { data } = result;
    if (data !== undefined && data !== null) checkResource(data, `${where}/data`, report);
  }
}

/** https://jsonapi.org/format/1.1/#crud-creating-responses-201 */
function checkLocation(document: Json, { headers }: CheckedAnswer, report: Report): void {
  const { data } = document;
  if (!isObject(data) || !isObject(data['links']) || !('self' in data['links'])) return;
  const { location } = headers;
  if (location !== undefined && location !== hrefOf(data['links']['self']))
    report('header location', "must be the new resource's self link");
}
