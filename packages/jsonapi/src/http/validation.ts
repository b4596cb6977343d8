import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { JsonApiError, protocolProblem } from './problems.ts';
import type { ErrorObject } from './problems.ts';

const MAX_ERRORS = 20;
// TypeBox stops at 8 by default, and some of its reports are noise that is dropped below.
Settings.Set({ maxErrors: 4 * MAX_ERRORS });

/** TypeBox's reports, read structurally: keyword, where in the schema, where in the value. */
interface Violation {
  keyword: string;
  schemaPath: string;
  instancePath: string;
  params: Record<string, unknown>;
}

interface SchemaNode {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  'x-expects'?: string;
}

/** A body validator for Fastify: true, or the refusal. The check is compiled once; errors are gathered only for a body that fails. */
export function bodyValidator(schema: object): (body: unknown) => true | { error: JsonApiError } {
  const check = Compile(schema);
  return (body) => {
    if (check.Check(body)) return true;
    const violations = check.Errors(body) as unknown as Violation[];
    return { error: new JsonApiError(refusals(schema, body, violations)) };
  };
}

/**
 * The most fundamental problems only: while the document is malformed, its attributes are not judged. One error a pointer,
 * except that each missing member is named.
 */
function refusals(schema: object, body: unknown, violations: readonly Violation[]): ErrorObject[] {
  if (body === undefined || body === null) {
    return [
      protocolProblem('invalid-document', 'The request needs a JSON body with a "data" member.'),
    ];
  }
  const errors = new Map<string, ErrorObject>();
  for (const violation of violations) {
    for (const { key, error } of toErrors(schema, violation))
      if (!errors.has(key)) errors.set(key, error);
  }
  const all = [...errors.values()];
  const stages = ['invalid-document', 'client-generated-id', 'type-conflict', 'invalid-attribute'];
  const stage = stages.find((code) => all.some((error) => error.code === code));
  return all.filter((error) => error.code === stage).slice(0, MAX_ERRORS);
}

function toErrors(schema: object, violation: Violation): { key: string; error: ErrorObject }[] {
  const { keyword, instancePath: pointer, params } = violation;
  if (keyword === 'required') {
    const missing = params['requiredProperties'] as string[];
    return missing.map((name) => ({
      key: `${pointer} ${name}`,
      error: refusal(pointer, `${label(pointer)} must have the member "${name}".`),
    }));
  }
  // Reported beside one violation for each member, which carries the better pointer.
  if (keyword === 'additionalProperties') return [];
  return [{ key: pointer, error: toError(schema, violation) }];
}

function toError(
  schema: object,
  { keyword, schemaPath, instancePath: pointer, params }: Violation,
): ErrorObject {
  const source = { pointer };
  if (keyword === 'boolean')
    return refusal(pointer, `${label(pointer)} is not known here; leave it out.`);
  if (pointer === '/data/type' && keyword === 'const') {
    return protocolProblem(
      'type-conflict',
      `"type" must be "${String(params['allowedValue'])}" at this address.`,
      { source },
    );
  }
  if (pointer === '/data/id' && keyword === 'type' && params['type'] === 'null') {
    return protocolProblem('client-generated-id', 'Leave "id" out; the server makes it.', {
      source,
    });
  }
  return refusal(pointer, `${label(pointer)} must be ${expectation(nodeAt(schema, schemaPath))}.`);
}

function refusal(pointer: string, detail: string): ErrorObject {
  const inAttributes = pointer === '/data/attributes' || pointer.startsWith('/data/attributes/');
  return protocolProblem(inAttributes ? 'invalid-attribute' : 'invalid-document', detail, {
    source: { pointer },
  });
}

function label(pointer: string): string {
  if (pointer === '') return 'The document';
  const name = pointer.startsWith('/data/attributes/')
    ? pointer.slice('/data/attributes/'.length)
    : pointer.slice(1);
  return `"${name.replaceAll('~1', '/').replaceAll('~0', '~')}"`;
}

function nodeAt(schema: object, path: string): SchemaNode {
  let node: unknown = schema;
  for (const step of path.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    node = (node as Record<string, unknown> | undefined)?.[name];
  }
  return node ?? {};
}

/** Completes "must be" from what the schema says. */
function expectation(node: SchemaNode): string {
  if (node['x-expects'] !== undefined) return node['x-expects'];
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined)
    return `one of ${node.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  const types = [node.type ?? 'another value'].flat();
  const described = types.map((type) => describeType(type, node));
  return described.join(' or ');
}

function describeType(type: string, node: SchemaNode): string {
  if (type === 'string') return `text${range(node.minLength, node.maxLength, ' characters')}`;
  if (type === 'integer') return `a whole number${range(node.minimum, node.maximum)}`;
  if (type === 'number') return `a number${range(node.minimum, node.maximum)}`;
  if (type === 'array') return `a list${range(node.minItems, node.maxItems, ' items')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'object') return 'an object';
  return type;
}

function range(min: number | undefined, max: number | undefined, unit = ''): string {
  const glue = unit === '' ? ' from' : ' of';
  if (min !== undefined && max !== undefined) return `${glue} ${min} to ${max}${unit}`;
  if (max !== undefined) return ` of at most ${max}${unit}`;
  if (min !== undefined) return ` of at least ${min}${unit}`;
  return '';
}
