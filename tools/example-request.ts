import { nameOf, type Operation, type Parameter } from './openapi-document.ts';

/** What stands in a request where its document has an example. */
export interface Blanks {
  /** The value of a parameter; undefined leaves it out. */
  parameter(parameter: Parameter): string | undefined;
  /**
   * The value of a member of the body.
   *
   * @param type of the resource that has the member, if one does.
   */
  member(name: string, example: unknown, type?: string): unknown;
}

/** The request of an operation's examples, as the documentation page would send it. */
export interface ExampleRequest {
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when it takes none. */
  readonly body?: unknown;
}

/** Throws when a parameter that is required, or the body, has no value. */
export function exampleRequest(operation: Operation, blanks: Blanks): ExampleRequest {
  let { path } = operation;
  const query: [string, string][] = [];
  const headers: Record<string, string> = {};
  for (const parameter of operation.parameters) {
    const { name, in: place, required = false } = parameter;
    const value = blanks.parameter(parameter);
    if (value === undefined) {
      if (required) throw new Error(`${nameOf(operation)} requires ${name} and has no example`);
    } else if (place === 'path') path = path.replace(`{${name}}`, value);
    else if (place === 'query') query.push([name, value]);
    else headers[name] = value;
  }
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type === undefined) return { path, query, headers };
  if (content?.example === undefined)
    throw new Error(`${nameOf(operation)} takes a body and has no example`);
  headers['content-type'] = type;
  return { path, query, headers, body: filled(content.example, blanks) };
}

function filled(value: unknown, blanks: Blanks): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, blanks));
  if (typeof value !== 'object' || value === null) return value;
  const type = 'type' in value && typeof value.type === 'string' ? value.type : undefined;
  const entries = Object.entries(value).map(([name, example]) => {
    const isNested = typeof example === 'object' && example !== null;
    return [name, isNested ? filled(example, blanks) : blanks.member(name, example, type)];
  });
  return Object.fromEntries(entries);
}
