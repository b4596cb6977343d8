import { nameOf, type Operation } from '../tools/openapi-document.ts';
import type { Call } from './http-caller.ts';

/**
 * The request that the documentation page would send: every parameter with an example has it.
 * `missing` gives path parameters without one, as a reader would.
 */
export function exampleCall(operation: Operation, missing: (name: string) => string): Call {
  let { path } = operation;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  for (const { name, in: place, required = false, example } of operation.parameters) {
    if (place === 'path') {
      path = path.replace(`{${name}}`, encodeURIComponent(String(example ?? missing(name))));
    } else if (example === undefined) {
      if (required) throw new Error(`${nameOf(operation)} requires ${name} and has no example`);
    } else if (place === 'query') {
      query.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(example))}`);
    } else headers[name] = String(example);
  }
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type !== undefined) headers['content-type'] = type;
  if (type !== undefined && content?.example === undefined)
    throw new Error(`${nameOf(operation)} takes a body and has no example`);
  if (query.length > 0) path += `?${query.join('&')}`;
  return { method: operation.method, path, headers, body: content?.example };
}

/** The response that the document has for exactly this status; ranges are not accepted. */
export function documentedResponse(operation: Operation, status: number) {
  const described = operation.responses[String(status)];
  if (!described) throw new Error(`${nameOf(operation)} does not document ${status}`);
  return described;
}
