import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { CURSOR_PROFILE, sortText } from './cursors.ts';
import { BOOLEAN_EXPECTED, readBoolean, type FilterKind } from '../declarations/filters.ts';
import { parseInclude, reachableTypes, type IncludeTree } from './include-paths.ts';
import type { ListDeclaration } from '../declarations/list-declaration.ts';
import type {
  Filter,
  FilterOperator,
  ListRequest,
  Scalar,
  Sort,
} from '../declarations/list-request.ts';
import { pageProperties, readPage } from './page-query.ts';
import { quoted, suggestionFor } from '../http/nearest-names.ts';
import { protocolProblem, type ErrorObject } from '../http/problems.ts';
import { mustBe, readParameters, throwIfAny, unknownParameter, type Complaint } from './query.ts';
import type { AnyResourceType, ResourceType } from '../declarations/resource-type.ts';
import { readValueList, VALUE_LIST } from './value-lists.ts';

/** Which members each type shall show; null: all of all. */
export type Fieldsets = ReadonlyMap<string, ReadonlySet<string>> | null;

export interface ResourceQuery<RelationshipName extends string = string> {
  readonly fields: Fieldsets;
  /** Null when the query has no `include`. */
  readonly include: IncludeTree<RelationshipName> | null;
  readonly list: ListRequest;
}

export interface QueryReader<RelationshipName extends string = string> {
  /** Of the query string, for the documentation. */
  readonly schema: TSchema;
  /**
   * Takes what Fastify calls `request.query`; `byCursor` when the client asked for pages by cursor.
   *
   * @throws {JsonApiError} with every problem (400 `invalid-parameter`), at most 20.
   */
  parse(query: unknown, byCursor: boolean): ResourceQuery<RelationshipName>;
}

/** The whole of what may be asked of one resource where nothing was asked. */
const FIRST_PAGE: ListRequest = {
  filters: [],
  sort: [],
  page: { style: 'number', number: 1, size: 1 },
};
const NOTHING_ASKED: ResourceQuery = { fields: null, include: null, list: FIRST_PAGE };

const FIELDS = /^fields\[([^[\]]+)\]$/;
const FILTER = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/;

/**
 * The query parameters of an address that answers resources of a type: `fields`, `include`, and for
 * lists `filter`, `sort` and `page`. Any other is refused.
 * https://jsonapi.org/format/1.1/#query-parameters
 */
export function resourceQuery<Model, RelationshipName extends string>(
  resource: ResourceType<Model, string, RelationshipName>,
  list?: ListDeclaration,
): QueryReader<RelationshipName>;
export function resourceQuery(resource: AnyResourceType, list?: ListDeclaration): QueryReader {
  let types: ReturnType<typeof reachableTypes> | undefined;
  const documented = properties(resource, list);

  return {
    schema: Type.Partial(Type.Object(documented)),
    parse(query, byCursor) {
      if (!list && Object.keys(query ?? {}).length === 0) return NOTHING_ASKED;
      const errors: ErrorObject[] = [];
      const fields = new Map<string, ReadonlySet<string>>();
      const filters: Filter[] = [];
      const page = new Map<string, string>();
      let include: IncludeTree | null = null;
      let sort = list?.defaultSort ?? [];

      readParameters(query, readOne, errors);
      const request = { byCursor, sort };
      const asked = list
        ? { filters, sort, page: readPage(page, request, errors) }
        : { ...FIRST_PAGE, filters };
      throwIfAny(errors);
      return { fields: fields.size > 0 ? fields : null, include, list: asked };

      function readOne(name: string, value: string): Complaint | undefined {
        if (name === 'include') {
          if (!resource.relationships)
            return mustBe(name, `left out: ${resource.type} have no relationships`);
          const parsed = parseInclude(value, resource);
          if ('complaint' in parsed) return parsed.complaint;
          include = parsed.tree;
          return undefined;
        }
        const [, type] = FIELDS.exec(name) ?? [];
        if (type !== undefined) {
          types ??= reachableTypes(resource);
          const read = readFields(types, type, value);
          if (typeof read === 'string') return read;
          fields.set(type, read);
          return undefined;
        }
        if (!list) return unknown(name);
        if (name === 'sort') return readSort(value);
        if (Object.hasOwn(pageProperties, name)) {
          page.set(name, value);
          return undefined;
        }
        const [, field, operator] = FILTER.exec(name) ?? [];
        const filterKind =
          field !== undefined && Object.hasOwn(list.filters, field)
            ? list.filters[field]
            : undefined;
        if (field === undefined || !filterKind) return unknown(name);
        const filter = readFilter(field, operator, value, filterKind);
        if (typeof filter === 'string') return mustBe(name, filter);
        const isRepeated = filters.some(
          (one) => one.field === field && one.operator === filter.operator,
        );
        if (isRepeated) return mustBe(name, 'given once: without an operator it means the same');
        filters.push(filter);
        return undefined;
      }

      function readSort(value: string): undefined {
        const parsed = parseSort(value, list?.sorts ?? []);
        if ('complaint' in parsed) {
          errors.push({
            ...protocolProblem('invalid-parameter', parsed.complaint, {
              source: { parameter: 'sort' },
            }),
            ...(byCursor && { links: { type: `${CURSOR_PROFILE}unsupported-sort` } }),
          });
        } else {
          sort = parsed.sort;
        }
      }

      function unknown(name: string): Complaint {
        return unknownParameter(name, Object.keys(documented));
      }
    },
  };
}

function parseSort(
  text: string,
  sorts: readonly string[],
): { sort: Sort[] } | { complaint: Complaint } {
  const sort: Sort[] = [];
  for (const part of text.split(',', sorts.length + 1)) {
    const descending = part.startsWith('-');
    const field = descending ? part.slice(1) : part;
    if (!sorts.includes(field)) {
      const complaint = `"sort" cannot be by ${quoted(field)}. ${suggestionFor(field, sorts)}`;
      return { complaint };
    }
    if (sort.some((earlier) => earlier.field === field))
      return { complaint: `"sort" names ${quoted(field)} twice; name it once.` };
    sort.push({ field, descending });
  }
  return { sort };
}

function readFields(
  types: ReadonlyMap<string, AnyResourceType>,
  type: string,
  value: string,
): ReadonlySet<string> | Complaint {
  const resource = types.get(type);
  if (!resource) {
    const here = `No ${quoted(type)} are in an answer of this address.`;
    return `${here} ${suggestionFor(type, [...types.keys()])}`;
  }
  const known = [
    ...Object.keys(resource.attributes.properties),
    ...Object.keys(resource.relationships ?? {}),
  ];
  const names = value === '' ? [] : value.split(',', known.length + 1);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return new Set(names);
  const detail = `names ${quoted(stranger)}, which ${type} do not have.`;
  return `"fields[${type}]" ${detail} ${suggestionFor(stranger, known)}`;
}

function readFilter(
  field: string,
  operator: string | undefined,
  text: string,
  kind: FilterKind,
): Filter | string {
  const known = kind.operators.find((candidate) => candidate === (operator ?? kind.plain));
  if (!known) return `compared by one of ${kind.operators.join(', ')}`;
  if (known === 'null') {
    const isNull = readBoolean(text);
    return isNull === undefined ? BOOLEAN_EXPECTED : { field, operator: known, value: isNull };
  }
  if (known === 'in') {
    const parts = readValueList(text, kind.maxCount);
    const values = parts.map(kind.read);
    if (parts.length > kind.maxCount || !values.every(isScalar))
      return `a comma-separated list of at most ${kind.maxCount} values, each ${kind.expects}`;
    return { field, operator: known, value: [...new Set(values)] };
  }
  const value = kind.read(text);
  return value === undefined ? kind.expects : { field, operator: known, value };
}

function isScalar(value: Scalar | readonly Scalar[] | undefined): value is Scalar {
  return value !== undefined && typeof value !== 'object';
}

function properties(resource: AnyResourceType, list?: ListDeclaration): Record<string, TSchema> {
  const related = Object.keys(resource.relationships ?? {});
  return {
    [`fields[${resource.type}]`]: Type.String({
      description: 'Only these members, comma-separated. Also for each type that is included.',
    }),
    ...(related.length > 0 && {
      include: Type.String({
        description: `Comma-separated paths of related resources to send along: ${related.join(', ')}.`,
      }),
    }),
    ...(list && { ...filterProperties(list), sort: sortProperty(list), ...pageProperties }),
  };
}

function sortProperty({ sorts, defaultSort }: ListDeclaration): TSchema {
  return Type.String({
    default: sortText(defaultSort),
    description: `Comma-separated fields, each descending with a leading "-": ${sorts.join(', ')}.`,
  });
}

function filterProperties({ filters }: ListDeclaration): Record<string, TSchema> {
  const named = Object.entries(filters).flatMap(([field, kind]) => {
    const schemaOf = (operator: FilterOperator): TSchema => {
      if (operator === 'null') return Type.Boolean();
      return operator === 'in' ? Type.String({ description: VALUE_LIST }) : kind.schema;
    };
    return [
      [`filter[${field}]`, schemaOf(kind.plain)],
      ...kind.operators
        .filter((operator) => operator !== kind.plain)
        .map((operator) => [`filter[${field}][${operator}]`, schemaOf(operator)]),
    ];
  });
  return Object.fromEntries(named) as Record<string, TSchema>;
}
