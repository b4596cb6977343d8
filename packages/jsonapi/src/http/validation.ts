import { Compile } from 'typebox/schema';
import { bodyTextNormalizer } from './body-texts.ts';
import { suggestionOrRemoval, quoted } from './nearest-names.ts';
import { pointerOf, type Path } from './pointers.ts';
import { firstErrors, MAX_ERRORS, protocolProblem } from './problems.ts';
import type { ErrorObject, JsonApiError } from './problems.ts';
import { violationFinder, type BodySchema, type Violation } from './schema-violations.ts';

/**
 * A body validator for Fastify: true, or the refusal. The check is compiled once. Only a body that
 * fails is searched for errors, up to the first 20. Texts that the
 * schema marks by `x-text` are first normalized to their stored form, in place.
 */
export function bodyValidator(schema: object): (body: unknown) => true | { error: JsonApiError } {
  const check = Compile(schema);
  const normalizeTexts = bodyTextNormalizer(schema);
  const violationsOf = violationFinder(schema, MAX_ERRORS + 1);
  return (body) => {
    normalizeTexts(body);
    if (check.Check(body)) return true;
    return { error: firstErrors(refusals(schema, body, violationsOf)) };
  };
}

const STAGES = ['invalid-document', 'client-generated-id', 'type-conflict', 'invalid-attribute'];

/**
 * The most fundamental problems only: while the document is malformed, its attributes are not
 * judged.
 */
function refusals(
  schema: BodySchema,
  body: unknown,
  violationsOf: (body: unknown) => readonly Violation[],
): ErrorObject[] {
  if (body === undefined || body === null) {
    const detail = `The request needs a JSON body with a "data" member.${shapeOf(schema)}`;
    return [protocolProblem('invalid-document', detail)];
  }
  const errors = new Map<string, ErrorObject>();
  for (const violation of violationsOf(body)) {
    const error = toError(violation);
    const key = JSON.stringify([error.source, error.detail]);
    if (!errors.has(key)) errors.set(key, error);
  }
  const all = [...errors.values()];
  const stage = STAGES.find((code) => all.some((error) => error.code === code));
  const [first, ...rest] = all.filter((error) => error.code === stage);
  if (first === undefined) throw new Error('A body failed its schema, and nothing in it did');
  return isOutline(first)
    ? [{ ...first, detail: first.detail + shapeOf(schema) }, ...rest]
    : [first, ...rest];
}

/**
 * Whether it is the outline of the document that is wrong, so that an example says more than a
 * sentence.
 */
function isOutline({ code, source }: ErrorObject): boolean {
  if (code !== 'invalid-document' || !source || !('pointer' in source)) return false;
  return source.pointer === '' || source.pointer === '/data';
}

/** A document that works here, as a sentence. */
function shapeOf({ examples: [example] = [] }: BodySchema): string {
  return example === undefined ? '' : ` Send, for example, ${JSON.stringify(example)}.`;
}

function toError(violation: Violation): ErrorObject {
  const { kind, path, schema, value, name = '' } = violation;
  if (kind === 'missing') return refusal(path, `${label(path)} must have the member "${name}".`);
  if (kind === 'unknown') return refusal(path, unknownMember(path, schema));
  const source = { pointer: pointerOf(path) };
  if (source.pointer === '/data/type' && typeof value === 'string') {
    const detail = `"type" must be ${expectation(schema)} at this address.`;
    return protocolProblem('type-conflict', detail, { source });
  }
  if (source.pointer === '/data/id' && schema.type === 'null') {
    const detail = 'Leave "id" out; the server makes it.';
    return protocolProblem('client-generated-id', detail, { source });
  }
  return refusal(path, `${label(path)} must be ${expectation(schema)}.`);
}

/** @param schema of the object that has it */
function unknownMember(path: Path, { properties = {} }: BodySchema): string {
  const name = String(path.at(-1));
  const names = Object.keys(properties).filter((one) => properties[one]?.readOnly !== true);
  return `${label(path)} is not known here${suggestionOrRemoval(name, names)}`;
}

function refusal(path: Path, detail: string): ErrorObject {
  const inAttributes = path[0] === 'data' && path[1] === 'attributes';
  const source = { pointer: pointerOf(path) };
  return protocolProblem(inAttributes ? 'invalid-attribute' : 'invalid-document', detail, {
    source,
  });
}

function label(path: Path): string {
  if (path.length === 0) return 'The document';
  const isAttribute = path[0] === 'data' && path[1] === 'attributes' && path.length > 2;
  return quoted((isAttribute ? path.slice(2) : path).join('/'));
}

/** Completes "must be" from what the schema says. */
function expectation(schema: BodySchema): string {
  if (schema['x-expects'] !== undefined) return schema['x-expects'];
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  const types = [schema.type ?? 'another value'].flat();
  return types.map((type) => describeType(type, schema)).join(' or ');
}

function describeType(type: string, schema: BodySchema): string {
  if (type === 'string') return `text${range(schema.minLength, schema.maxLength, ' characters')}`;
  if (type === 'integer') return `a whole number${range(schema.minimum, schema.maximum)}`;
  if (type === 'number') return `a number${range(schema.minimum, schema.maximum)}`;
  if (type === 'array') return `a list${range(schema.minItems, schema.maxItems, ' items')}`;
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
