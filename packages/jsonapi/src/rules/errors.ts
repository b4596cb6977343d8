import type { Json } from '../json.ts';
import { checkLinks, LINK_NAMES } from './links.ts';
import { checkMembers, checkMeta, listAt, objectAt, queryOf } from './report.ts';
import type { CheckedRequest, Report } from './report.ts';

/** Of each code its status and title, which never change. */
export type Catalogue = ReadonlyMap<string, { readonly status: string; readonly title: string }>;

interface Context {
  readonly status: number;
  readonly request: CheckedRequest;
  readonly catalogue: Catalogue | undefined;
  readonly report: Report;
}

/** https://jsonapi.org/format/1.1/#errors */
export function checkErrors(value: unknown, context: Context): void {
  const { status, report } = context;
  const errors = listAt(value, 'errors', report);
  if (errors.length === 0) report('errors', 'must not be empty');
  for (const [index, error] of errors.entries()) checkError(error, `errors/${index}`, context);
  if (new Set(errors.map((error) => JSON.stringify(error))).size < errors.length)
    report('errors', 'must not hold an error twice');
  const statuses = new Set(errors.map((error) => String((error as Json | null)?.['status'])));
  const general = [...statuses].some((one) => one >= '500') ? '500' : '400';
  const [first = ''] = statuses;
  if (errors.length > 0 && String(status) !== (statuses.size === 1 ? first : general))
    report(
      'errors',
      `their statuses are ${[...statuses].join(' and ')}, the answer's is ${status}`,
    );
}

const ERROR_MEMBERS = ['id', 'links', 'status', 'code', 'title', 'detail', 'source', 'meta'];
/** The specification asks for one of all members; these are what ours promise to have. */
const PROMISED_MEMBERS = ['status', 'code', 'title', 'detail'];
const SENTENCE = /^(["A-Z0-9]|x-)[^]*\.$/;
const INSIDE = /SELECT |INSERT |SQLITE|node:|node_modules|\.ts\b|\bat .*:\d+:\d+|\/tmp\//g;

function checkError(value: unknown, where: string, context: Context): void {
  const { request, catalogue, report } = context;
  const error = objectAt(value, where, report);
  if (error === undefined) return;
  checkMembers(error, ERROR_MEMBERS, where, report);
  if (!ERROR_MEMBERS.some((name) => name in error))
    report(where, 'must have a member of the specification');
  for (const name of PROMISED_MEMBERS) {
    if (typeof error[name] !== 'string') report(`${where}/${name}`, 'must be text');
  }
  const { status, code, title, detail } = error;
  if (typeof status === 'string' && !/^[45][0-9][0-9]$/.test(status))
    report(`${where}/status`, `must be the status of an error, and "${status}" is not`);
  if (typeof code === 'string' && !/^[a-z]+(-[a-z]+)*$/.test(code))
    report(`${where}/code`, `must be in kebab-case, and "${code}" is not`);
  if (typeof detail === 'string') {
    if (!SENTENCE.test(detail)) report(`${where}/detail`, `must be a sentence: ${detail}`);
    const leak = detail.match(INSIDE)?.find((text) => !sentText(request).includes(text));
    if (leak !== undefined) report(`${where}/detail`, `must show nothing of the inside: ${detail}`);
  }
  const entry = catalogue?.get(String(code));
  if (catalogue !== undefined && (entry?.status !== status || entry?.title !== title))
    report(`${where}/code`, `"${String(code)}" has not this status and title in the catalogue`);
  if ('source' in error) checkSource(error['source'], `${where}/source`, request, report);
  checkLinks(error, LINK_NAMES.error, where, report);
  checkMeta(error, where, report);
}

/** What an error may repeat, whatever it is. */
function sentText({ url, headers, body }: CheckedRequest): string {
  return [url, JSON.stringify(headers), JSON.stringify(body)].join(' ');
}

function checkSource(value: unknown, where: string, request: CheckedRequest, report: Report): void {
  const source = objectAt(value, where, report);
  if (source === undefined) return;
  const members = ['pointer', 'parameter', 'header'];
  checkMembers(source, members, where, report);
  const [name, ...others] = members.filter((member) => member in source);
  if (name === undefined || others.length > 0)
    return report(where, 'must have one of pointer, parameter and header');
  const place = source[name];
  if (typeof place !== 'string') return report(`${where}/${name}`, 'must be text');
  if (name === 'pointer' && !resolves(place, bodyOf(request)))
    report(`${where}/pointer`, `"${place}" names nothing in the request`);
  if (name === 'parameter' && !queryOf(request).has(place))
    report(`${where}/parameter`, `"${place}" is no parameter of the request`);
  if (name === 'header' && !/^[A-Za-z]+(-[A-Za-z]+)*$/.test(place))
    report(`${where}/header`, `"${place}" is no name of a header`);
}

/** The document that was sent; undefined when there was none that could be read. */
function bodyOf({ body }: CheckedRequest): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function resolves(pointer: string, document: unknown): boolean {
  if (document === undefined || (pointer !== '' && !pointer.startsWith('/'))) return false;
  let value: unknown = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
    value = (value as Json)[name];
  }
  return true;
}
