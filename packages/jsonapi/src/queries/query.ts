import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { readInteger } from '../declarations/filters.ts';
import { suggestionOrRemoval, quoted } from '../http/nearest-names.ts';
import { firstErrors, MAX_ERRORS, protocolProblem } from '../http/problems.ts';
import type { ErrorObject } from '../http/problems.ts';
import { readValueList } from './value-lists.ts';

/** What is wrong with a parameter, as a sentence. */
export type Complaint = string;

/**
 * Hands each parameter of what Fastify calls `request.query` to `readOne`, which keeps its value or
 * complains. Complaints are added to `errors` as 400 `invalid-parameter`, until there are more than
 * an answer takes.
 */
export function readParameters(
  query: unknown,
  readOne: (name: string, value: string) => Complaint | undefined,
  errors: ErrorObject[],
): void {
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (errors.length > MAX_ERRORS) break;
    const complaint = complaintAbout(name, value, readOne);
    if (complaint !== undefined)
      errors.push(protocolProblem('invalid-parameter', complaint, { source: { parameter: name } }));
  }
}

export function throwIfAny(errors: readonly ErrorObject[]): void {
  if (errors.length > 0) throw firstErrors(errors);
}

function complaintAbout(
  name: string,
  value: unknown,
  readOne: (name: string, value: string) => Complaint | undefined,
): Complaint | undefined {
  if (typeof value !== 'string') return `${quoted(name)} is given more than once; give it once.`;
  if (value.includes('\0') || !value.isWellFormed())
    return mustBe(name, 'text in UTF-8 without NUL characters');
  return readOne(name, value);
}

export function mustBe(name: string, expected: string): Complaint {
  return `${quoted(name)} must be ${expected}.`;
}

/** The complaint about a parameter that the address doesn't have. */
export function unknownParameter(name: string, parameters: readonly string[]): Complaint {
  if (parameters.length === 0)
    return `Leave ${quoted(name)} out: this address takes no parameters.`;
  return `${quoted(name)} is no parameter of this address${suggestionOrRemoval(name, parameters)}`;
}

/** A parameter of an address that answers something else than resources of a declared type. */
export interface Parameter<Value> {
  /** For the documentation. */
  readonly schema: TSchema;
  /** Completes "… must be". */
  readonly expects: string;
  /** The value, or undefined when the text is none. */
  readonly read: (text: string) => Value | undefined;
}

type Values<Parameters> = {
  -readonly [Name in keyof Parameters]?: Parameters[Name] extends Parameter<infer Value>
    ? Value
    : never;
};

/**
 * The query of an address with a few parameters of its own; any other is refused.
 * https://jsonapi.org/format/1.1/#query-parameters
 */
export function plainQuery<Parameters extends Record<string, Parameter<unknown>>>(
  parameters: Parameters,
): { readonly schema: TSchema; parse(query: unknown): Values<Parameters> } {
  const names = Object.keys(parameters);
  const schemas = Object.entries(parameters).map(([name, { schema }]) => [name, schema]);
  return {
    schema: Type.Partial(Type.Object(Object.fromEntries(schemas) as Record<string, TSchema>)),
    parse(query) {
      const values: Record<string, unknown> = {};
      const errors: ErrorObject[] = [];
      const readOne = (name: string, text: string): Complaint | undefined => {
        const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
        if (!parameter) return unknownParameter(name, names);
        values[name] = parameter.read(text);
        return values[name] === undefined ? mustBe(name, parameter.expects) : undefined;
      };
      readParameters(query, readOne, errors);
      throwIfAny(errors);
      return values as Values<Parameters>;
    },
  };
}

/** For addresses without parameters: any is refused (400 `invalid-parameter`). */
export const noQuery = plainQuery({});

/** A whole number of a plain query. */
export function integer(min: number, max: number, description: string): Parameter<number> {
  return {
    schema: Type.Integer({ minimum: min, maximum: max, description }),
    expects: `a whole number from ${min} to ${max}`,
    read: (value) => readInteger(value, min, max),
  };
}

/**
 * A comma-separated list of 1 to `maxCount` ids that are whole numbers; repeats are dropped, the
 * order is kept.
 */
export function idList(maxCount: number): Parameter<number[]> {
  return {
    schema: Type.Unsafe<string>({
      type: 'string',
      pattern: '^[1-9][0-9]*(,[1-9][0-9]*)*$',
      description: 'Comma-separated.',
      examples: ['1,2'],
    }),
    expects: `a comma-separated list of at most ${maxCount} whole numbers from 1 to ${Number.MAX_SAFE_INTEGER}`,
    read: (value) => {
      const parts = readValueList(value, maxCount);
      const numbers = parts.map((part) => readInteger(part, 1, Number.MAX_SAFE_INTEGER));
      if (parts.length > maxCount || numbers.includes(undefined)) return undefined;
      return [...new Set(numbers as number[])];
    },
  };
}
