import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { ListDeclaration } from '../declarations/list-declaration.ts';
import type { Filter, ListRequest, Sort } from '../declarations/list-request.ts';
import type { AnyResourceType, ResourceType } from '../declarations/resource-type.ts';
import { protocolProblem, type ErrorObject } from '../http/problems.ts';
import { CURSOR_PROFILE } from './cursors.ts';
import { readFields, type Fieldsets } from './fieldsets.ts';
import { addFilter, filterParameter } from './filter-query.ts';
import { parseInclude, reachableTypes, type IncludeTree } from './include-paths.ts';
import { pageProperties, readPage } from './page-query.ts';
import { queryProperties } from './query-properties.ts';
import { mustBe, readParameters, throwIfAny, unknownParameter, type Complaint } from './query.ts';
import { parseSort } from './sort-query.ts';

export interface ResourceQuery<RelationshipName extends string = string> {
  readonly fields: Fieldsets;
  /** Null when the query has no `include`. */
  readonly include: IncludeTree<RelationshipName> | null;
  readonly list: ListRequest;
}

export interface QueryReader<RelationshipName extends string = string> {
  /** The query string, for the documentation. */
  readonly schema: TSchema;
  /**
   * Takes what Fastify calls `request.query`; `byCursor` when the request names the profile.
   *
   * @throws {JsonApiError} with every problem (400 `invalid-parameter`), at most 20.
   */
  parse(query: unknown, byCursor: boolean): ResourceQuery<RelationshipName>;
}

/** The list request of an address that answers one resource. */
const ONE_RESOURCE: ListRequest = {
  filters: [],
  sort: [],
  page: { style: 'number', number: 1, size: 1 },
};
const EMPTY_QUERY: ResourceQuery = { fields: null, include: null, list: ONE_RESOURCE };

const FIELDS = /^fields\[([^[\]]+)\]$/;

/** The parameters of one query, as far as they have been read. */
interface Parameters {
  readonly fields: Map<string, ReadonlySet<string>>;
  readonly filters: Filter[];
  /** The texts of `page[…]`. */
  readonly page: Map<string, string>;
  include: IncludeTree | null;
  sort: readonly Sort[];
  readonly errors: ErrorObject[];
}

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
  const properties = queryProperties(resource, list);

  return {
    schema: Type.Partial(Type.Object(properties)),
    parse(query, byCursor) {
      if (!list && Object.keys(query ?? {}).length === 0) return EMPTY_QUERY;
      const parameters: Parameters = {
        fields: new Map(),
        filters: [],
        page: new Map(),
        include: null,
        sort: list?.defaultSort ?? [],
        errors: [],
      };
      const { fields, filters, page, errors } = parameters;
      readParameters(query, (name, text) => readOne(name, text, parameters, byCursor), errors);
      const { include, sort } = parameters;
      const request = list
        ? { filters, sort, page: readPage(page, { byCursor, sort }, errors) }
        : ONE_RESOURCE;
      throwIfAny(errors);
      return { fields: fields.size > 0 ? fields : null, include, list: request };
    },
  };

  function readOne(
    name: string,
    text: string,
    parameters: Parameters,
    byCursor: boolean,
  ): Complaint | undefined {
    if (name === 'include') return readInclude(text, parameters);
    const [, type] = FIELDS.exec(name) ?? [];
    if (type !== undefined) {
      types ??= reachableTypes(resource);
      const fields = readFields(types, type, text);
      if (typeof fields === 'string') return fields;
      parameters.fields.set(type, fields);
      return undefined;
    }
    const filter = list && filterParameter(name, list);
    if (filter) return addFilter(filter, text, parameters.filters);
    if (list && name === 'sort') return readSort(text, list, parameters, byCursor);
    if (!list || !Object.hasOwn(pageProperties, name))
      return unknownParameter(name, Object.keys(properties));
    parameters.page.set(name, text);
    return undefined;
  }

  function readInclude(text: string, parameters: Parameters): Complaint | undefined {
    if (!resource.relationships)
      return mustBe('include', `left out: ${resource.type} have no relationships`);
    const include = parseInclude(text, resource);
    if ('complaint' in include) return include.complaint;
    parameters.include = include.tree;
    return undefined;
  }
}

/** A complaint about the order is an error of the cursor-pagination profile too. */
function readSort(
  text: string,
  { sorts }: ListDeclaration,
  parameters: Parameters,
  byCursor: boolean,
): undefined {
  const order = parseSort(text, sorts);
  if ('sort' in order) {
    parameters.sort = order.sort;
    return;
  }
  parameters.errors.push({
    ...protocolProblem('invalid-parameter', order.complaint, { source: { parameter: 'sort' } }),
    ...(byCursor && { links: { type: `${CURSOR_PROFILE}unsupported-sort` } }),
  });
}
