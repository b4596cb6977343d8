import type { Call } from './http-caller.ts';

interface MediaTypeObject {
  readonly schema?: object;
  readonly example?: unknown;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  /** Callers without a key are allowed if it is empty or has an empty requirement. */
  readonly security: readonly object[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly example?: string | number;
    readonly schema?: object;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaTypeObject>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, MediaTypeObject>> }
    >
  >;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>
  >;
  readonly servers: readonly { readonly url: string }[];
  readonly components: { readonly schemas: { readonly ErrorDocument: object } };
}

/** All operations except streams, in the order of the document. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const {
        operationId = '',
        security,
        parameters = [],
        requestBody,
        responses,
      } = operation as Partial<Operation>;
      if (!security || !responses) throw new Error(`${method} ${path} lacks security or responses`);
      const body = requestBody && { requestBody };
      const head = { method: method.toUpperCase(), path, operationId };
      return { ...head, security, parameters, responses, ...body };
    }),
  );
  return operations.filter(({ responses }) => !responses['200']?.content?.['text/event-stream']);
}

export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

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
