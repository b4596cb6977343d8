import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { readInteger } from './filters.ts';
import type { FilterKind, FilterValue } from './filters.ts';
import { JsonApiError, protocolProblem } from './problems.ts';
import type { ErrorObject } from './problems.ts';

export interface Sort<Field extends string = string> {
  field: Field;
  descending: boolean;
}

export interface AfterPage {
  /** Only what comes after this position; 0 is the beginning. */
  after: number;
  size: number;
}

interface PageDeclarations {
  number: { number: number; size: number };
  after: AfterPage;
}

type Filters = Record<string, FilterKind<unknown>>;
type NoFilters = Record<string, never>;

interface Declaration<F extends Filters, S extends string, P extends keyof PageDeclarations> {
  /** By the name inside the brackets. */
  filters?: F;
  sorts?: readonly S[];
  /** Left out, the list is answered whole. */
  page?: { style: P; defaultSize: number; maxSize: number };
}

interface ParsedList<F extends Filters, S extends string, P extends keyof PageDeclarations> {
  page: PageDeclarations[P];
  /** Most significant first; empty when the client does not care. */
  sort: Sort<S>[];
  filter: { -readonly [Name in keyof F]?: FilterValue<F[Name]> };
}

export interface ListQuery<F extends Filters, S extends string, P extends keyof PageDeclarations> {
  /** Of the query string, for the documentation. */
  readonly schema: TSchema;
  /** Throws JsonApiError with every problem (400 `invalid-parameter`), at most 20. Takes what Fastify calls `request.query`. */
  parse(query: unknown): ParsedList<F, S, P>;
}

const MAX_PAGE_NUMBER = 1_000_000_000;
const MAX_ERRORS = 20;

/** One parameter: reads its text, keeps the value, or answers what it expects. */
type Reader<Result> = (text: string, result: Result) => string | undefined;

/** Declares the query of a list: `page[…]`, `sort` and `filter[…]`; anything else is refused. https://jsonapi.org/format/1.1/#query-parameters */
export function listQuery<
  P extends keyof PageDeclarations = never,
  F extends Filters = NoFilters,
  S extends string = never,
>(declaration: Declaration<F, S, P>): ListQuery<F, S, P> {
  type Result = ParsedList<F, S, P>;
  const { filters, sorts, page } = declaration;
  const readers = new Map<string, Reader<Result>>();
  const properties: Record<string, TSchema> = {};
  if (page !== undefined) addPage(page, readers, properties);
  if (sorts !== undefined && sorts.length > 0) addSort(sorts, readers, properties);
  for (const [name, kind] of Object.entries(filters ?? {}))
    addFilter(name, kind, readers, properties);
  const firstPage = {
    ...(page?.style === 'after' ? { after: 0 } : { number: 1 }),
    size: page?.defaultSize,
  };
  return {
    schema: Type.Partial(Type.Object(properties)),
    parse: (query) => {
      const result = { page: { ...firstPage }, sort: [], filter: {} } as unknown as Result;
      readAll(query, readers, result);
      return result;
    },
  };
}

const NO_READERS = new Map<string, Reader<undefined>>();

/** For routes without parameters: any is refused (400 `invalid-parameter`). */
export const noQuery = {
  parse(query: unknown): void {
    if (Object.keys(query as object).length > 0) readAll(query, NO_READERS, undefined);
  },
};

function readAll<Result>(
  query: unknown,
  readers: ReadonlyMap<string, Reader<Result>>,
  result: Result,
): void {
  let errors: ErrorObject[] | undefined;
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const complaint = readOne(name, value, readers, result);
    if (complaint === undefined) continue;
    errors ??= [];
    errors.push(protocolProblem('invalid-parameter', complaint, { source: { parameter: name } }));
    if (errors.length === MAX_ERRORS) break;
  }
  if (errors !== undefined) throw new JsonApiError(errors);
}

function readOne<Result>(
  name: string,
  value: unknown,
  readers: ReadonlyMap<string, Reader<Result>>,
  result: Result,
): string | undefined {
  const reader = readers.get(name);
  if (reader === undefined) {
    const known =
      readers.size === 0
        ? 'This address takes none'
        : `Known are ${[...readers.keys()].join(', ')}`;
    return `"${name}" is not a parameter of this address. ${known}.`;
  }
  if (typeof value !== 'string') return `"${name}" is given more than once; give it once.`;
  const expects = value.includes('\0') ? 'text without NUL characters' : reader(value, result);
  return expects === undefined ? undefined : `"${name}" must be ${expects}.`;
}

function addPage<Result extends { page: object }>(
  page: { style: string; defaultSize: number; maxSize: number },
  readers: Map<string, Reader<Result>>,
  properties: Record<string, TSchema>,
): void {
  const add = (member: string, min: number, max: number, schema: TSchema): void => {
    properties[`page[${member}]`] = schema;
    readers.set(`page[${member}]`, (text, result) => {
      const number = readInteger(text, min, max);
      if (number === undefined) return `a whole number from ${min} to ${max}`;
      Object.assign(result.page, { [member]: number });
      return undefined;
    });
  };
  if (page.style === 'number') {
    add(
      'number',
      1,
      MAX_PAGE_NUMBER,
      Type.Integer({ minimum: 1, default: 1, description: 'The page, counted from 1.' }),
    );
  } else {
    add(
      'after',
      0,
      Number.MAX_SAFE_INTEGER,
      Type.Integer({ minimum: 0, default: 0, description: 'Only what comes after this position.' }),
    );
  }
  const { maxSize, defaultSize } = page;
  add(
    'size',
    1,
    maxSize,
    Type.Integer({
      minimum: 1,
      maximum: maxSize,
      default: defaultSize,
      description: 'Resources a page.',
    }),
  );
}

function addSort<S extends string, Result extends { sort: Sort<S>[] }>(
  sorts: readonly S[],
  readers: Map<string, Reader<Result>>,
  properties: Record<string, TSchema>,
): void {
  const fields = new Set<string>(sorts);
  properties['sort'] = Type.String({
    description: `Comma-separated fields, each descending with a leading "-": ${sorts.join(', ')}.`,
  });
  readers.set('sort', (text, result) => {
    const seen = new Set<string>();
    for (const part of text.split(',', sorts.length + 1)) {
      const descending = part.startsWith('-');
      const field = descending ? part.slice(1) : part;
      if (!fields.has(field) || seen.has(field))
        return `a comma-separated list of ${sorts.join(', ')}, each once, each with "-" in front to descend`;
      seen.add(field);
      result.sort.push({ field: field as S, descending });
    }
    return undefined;
  });
}

function addFilter<Result extends { filter: object }>(
  name: string,
  kind: FilterKind<unknown>,
  readers: Map<string, Reader<Result>>,
  properties: Record<string, TSchema>,
): void {
  properties[`filter[${name}]`] = kind.schema;
  readers.set(`filter[${name}]`, (text, result) => {
    const value = kind.read(text);
    if (value === undefined) return kind.expects;
    Object.assign(result.filter, { [name]: value });
    return undefined;
  });
}
