import { isObject, type Json } from '../json.ts';
import type { CheckedAnswer, CheckedRequest } from './report.ts';

/** As much of an OpenAPI document as is read here. */
export interface DocumentedApi {
  readonly paths?: object;
}

/**
 * The codes of an answer's errors that the documentation of its operation lacks, as `409: code`.
 * None where the document has no such operation.
 */
export function undocumentedCodes(
  { paths = {} }: DocumentedApi,
  { status, text }: CheckedAnswer,
  { method = 'GET', url }: CheckedRequest,
): string[] {
  if (status < 400 || text === '') return [];
  const [path = ''] = url.replace(/^https?:\/\/[^/]+/, '').split('?');
  const templates = Object.entries(paths).filter(([template]) => patternOf(template).test(path));
  // `/orders/open` is no `/orders/{id}`.
  const [, item] = templates.find(([template]) => template === path) ?? templates[0] ?? [];
  const operation: unknown = isObject(item) ? item[method.toLowerCase()] : undefined;
  if (!isObject(operation)) return [];
  const responses = isObject(operation['responses']) ? operation['responses'] : {};
  return errorsIn(text)
    .map((error) => ({ code: String(error['code']), of: String(error['status']) }))
    .filter(({ code, of }) => !JSON.stringify(responses[of] ?? '').includes(`\`${code}\`:`))
    .map(({ code, of }) => `${of}: ${code}`);
}

function patternOf(template: string): RegExp {
  const source = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${source}$`);
}

function errorsIn(text: string): Json[] {
  const document: unknown = JSON.parse(text);
  const errors = isObject(document) && Array.isArray(document['errors']) ? document['errors'] : [];
  return errors.filter(isObject);
}
