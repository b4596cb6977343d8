import type { FastifyRequest } from 'fastify';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import type { IncludeTree } from '../queries/include-paths.ts';
import type { ResourceQuery } from '../queries/resource-query.ts';
import type { DataDocument, Resource } from './documents.ts';
import { findIncluded, type Included } from './inclusion.ts';
import { DESCRIPTION_PATH, pageFrame, type ResourcePage } from './page-frame.ts';
import { resourceObject, type Selection } from './serialize.ts';

async function selectionFor(
  primary: readonly Included[],
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  request: FastifyRequest,
): Promise<Selection> {
  const { fields, include } = query;
  return { fields, inclusion: include && (await findIncluded(primary, include, request)) };
}

function includedOf(selection: Selection, request: FastifyRequest): { included?: Resource[] } {
  const { inclusion } = selection;
  if (!inclusion) return {};
  return { included: inclusion.resources.map((one) => resourceObject(one, request, selection)) };
}

/** A document whose primary data is one resource or none, or a list that isn't paged. */
export async function resourceDocument<Model>(
  data: Included<Model> | readonly Included<Model>[] | null,
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  { origin, self }: { readonly origin: string; readonly self: string },
  request: FastifyRequest,
): Promise<DataDocument> {
  const all = data === null ? [] : [data].flat();
  const selection = await selectionFor(all, query, request);
  const objects = all.map((one) => resourceObject(one, request, selection));
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { self, describedby: origin + DESCRIPTION_PATH },
    data: Array.isArray(data) ? objects : (objects[0] ?? null),
    ...includedOf(selection, request),
  };
}

/** A document whose primary data is a page of resources. */
export async function pageDocument(
  resourcePage: ResourcePage,
  request: FastifyRequest,
): Promise<object> {
  const { resource, page, query } = resourcePage;
  const primary = page.items.map((model) => ({ resource, model }));
  const selection = await selectionFor(primary, query, request);
  const data = primary.map((one) => resourceObject(one, request, selection));
  return { ...pageFrame(resourcePage, data), ...includedOf(selection, request) };
}

/** The resources that a linkage leads to. */
export interface LinkageTargets {
  /** Those that the document includes. */
  readonly models: readonly Included[];
  /** The relationships of theirs to include too; null when the query has no `include`. */
  readonly include: IncludeTree | null;
}

/**
 * A document whose primary data is linkage: of one resource, of several, or of none.
 * https://jsonapi.org/format/1.1/#fetching-relationships
 */
export async function linkageDocument(
  linkage: {
    readonly data: unknown;
    readonly targets: LinkageTargets;
    readonly fields: ResourceQuery['fields'];
    readonly links: object;
    readonly origin: string;
  },
  request: FastifyRequest,
): Promise<object> {
  const { data, targets, fields, links, origin } = linkage;
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { ...links, describedby: origin + DESCRIPTION_PATH },
    data,
    ...(await includedTargets(targets, fields, request)),
  };
}

/** A document whose primary data is a page of linkage. */
export async function linkagePageDocument(
  linkagePage: ResourcePage & { readonly targets: LinkageTargets; readonly related: string },
  request: FastifyRequest,
): Promise<object> {
  const { resource, page, query, targets, related } = linkagePage;
  const data = page.items.map((model) => {
    return { type: resource.type, id: resource.id(model) };
  });
  const included = await includedTargets(targets, query.fields, request);
  return { ...pageFrame(linkagePage, data, { related }), ...included };
}

async function includedTargets(
  { models, include }: LinkageTargets,
  fields: ResourceQuery['fields'],
  request: FastifyRequest,
): Promise<{ included?: Resource[] }> {
  if (!include) return {};
  const inclusion = await findIncluded(models, include, request, { sendsStart: true });
  return includedOf({ fields, inclusion }, request);
}
