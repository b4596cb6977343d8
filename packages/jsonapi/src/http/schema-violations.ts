import { Check } from 'typebox/schema';
import type { Path } from './pointers.ts';

/** What a schema of a body may hold. TypeBox judges all but the members and items of a value. */
export interface BodySchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, BodySchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, object>>;
  readonly additionalProperties?: boolean;
  readonly items?: BodySchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly examples?: readonly unknown[];
  readonly readOnly?: boolean;
  readonly 'x-expects'?: string;
}

/**
 * A breach of a schema: the value is unfit, a member is missing, or the schema has no such member.
 */
export interface Violation {
  readonly kind: 'unfit' | 'missing' | 'unknown';
  /** To the value, to the object that lacks a member, or to the member without a schema. */
  readonly path: Path;
  /** Of the value, or of the object that lacks or has the member. */
  readonly schema: BodySchema;
  /** What is there. */
  readonly value: unknown;
  /** The member that is missing. */
  readonly name?: string;
}

/** A schema with what its members and items are judged by taken apart. */
interface Judge {
  readonly schema: BodySchema;
  /** What is left of it: a list is too long, or no list, before any of its items is looked at. */
  readonly own: BodySchema;
  readonly required: readonly string[];
  readonly members: readonly (readonly [name: string, judge: Judge])[];
  readonly isKnown: ((name: string) => boolean) | null;
  readonly items: Judge | null;
}

/**
 * Finds how a value breaks a schema, the first `most` violations in the order of the schema. It
 * looks at no more of the value than the schema bounds: a value that isn't what it should be is one
 * violation, whatever is inside.
 *
 * @throws {Error} for a schema that it cannot judge by, or one with a list that has no bound.
 */
export function violationFinder(
  schema: BodySchema,
  most: number,
): (value: unknown) => readonly Violation[] {
  const judge = judgeOf(schema);
  return (value) => {
    const violations: Violation[] = [];
    find(judge, value, { path: [], violations, most });
    return violations;
  };
}

function judgeOf(schema: BodySchema): Judge {
  const { properties = {}, required = [], patternProperties = {}, items, ...own } = schema;
  const { additionalProperties: extra, ...rest } = own;
  if (typeof extra === 'object' || Object.values(patternProperties).some(isDemanding))
    throw new Error('A body has members of its own choice only where nothing is asked of them');
  if (items && schema.maxItems === undefined)
    throw new Error('A list in a body must have a bound: maxItems');
  const patterns = Object.keys(patternProperties).map((source) => new RegExp(source, 'u'));
  const names = new Set(Object.keys(properties));
  const isKnown = (name: string) =>
    names.has(name) || patterns.some((pattern) => pattern.test(name));
  return {
    schema,
    own: rest,
    required,
    members: Object.entries(properties).map(([name, member]) => [name, judgeOf(member)]),
    isKnown: extra === false ? isKnown : null,
    items: items ? judgeOf(items) : null,
  };
}

function isDemanding(schema: object): boolean {
  return Object.keys(schema).length > 0;
}

interface Search {
  /** Where the search is. */
  readonly path: (string | number)[];
  readonly violations: Violation[];
  readonly most: number;
}

function find(judge: Judge, value: unknown, search: Search): void {
  if (!Check(judge.own as object, value)) {
    tell('unfit', judge, value, search);
  } else if (Array.isArray(value)) {
    if (judge.items) findInList(judge.items, value, search);
  } else if (typeof value === 'object' && value !== null) {
    findInObject(judge, value as Readonly<Record<string, unknown>>, search);
  }
}

function findInList(items: Judge, list: readonly unknown[], search: Search): void {
  for (const [index, item] of list.entries()) {
    if (isFull(search)) return;
    findAt(index, items, item, search);
  }
}

function findInObject(
  judge: Judge,
  object: Readonly<Record<string, unknown>>,
  search: Search,
): void {
  for (const name of judge.required)
    if (!Object.hasOwn(object, name)) tell('missing', judge, object, search, name);
  for (const [name, member] of judge.members) {
    if (isFull(search)) return;
    if (Object.hasOwn(object, name)) findAt(name, member, object[name], search);
  }
  if (judge.isKnown === null) return;
  // All names of a large object as a list would cost more than reading it did.
  for (const name in object) {
    if (!Object.hasOwn(object, name) || judge.isKnown(name)) continue;
    if (isFull(search)) return;
    search.path.push(name);
    tell('unknown', judge, object[name], search);
    search.path.pop();
  }
}

function findAt(step: string | number, judge: Judge, value: unknown, search: Search): void {
  search.path.push(step);
  find(judge, value, search);
  search.path.pop();
}

function isFull({ violations, most }: Search): boolean {
  return violations.length >= most;
}

function tell(
  kind: Violation['kind'],
  { schema }: Judge,
  value: unknown,
  search: Search,
  name?: string,
): void {
  if (isFull(search)) return;
  const path = [...search.path];
  search.violations.push({ kind, path, schema, value, ...(name !== undefined && { name }) });
}
