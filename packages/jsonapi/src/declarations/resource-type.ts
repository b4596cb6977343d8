import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import type { ListDeclaration } from './list-declaration.ts';
import type { ListPage, ListRequest } from './list-request.ts';

/**
 * A kind of resource, declared once: routes, validation, documentation and serialization follow
 * from it. `Model` is what the service keeps; only the functions here know how it is shown. All of
 * them get the request that is being answered, for what depends on the caller or on the address
 * that was asked for.
 *
 * @see https://jsonapi.org/format/1.1/#document-resource-objects
 */
export interface ResourceType<Model> {
  readonly type: string;
  /** All attributes as they are answered. */
  readonly attributes: TObject;
  id(model: Model): string;
  /** The values of all attributes. */
  view(model: Model, request: FastifyRequest): object;
  /**
   * The whole address of a resource, origin included. Left out where none has an address of its
   * own: then it has no routes and no relationships.
   */
  self?(model: Model, request: FastifyRequest): string;
  /** Further links of a resource, by name. */
  links?(model: Model, request: FastifyRequest): Readonly<Record<string, string>>;
  /** A number that grows with each change; its `ETag`. Left out: answers carry none. */
  version?(model: Model): number;
  /** By name. What `attributes` and `relationships` name must differ. */
  readonly relationships?: Readonly<Record<string, Relationship<Model>>>;
}

/**
 * The types of all resources differ; what works on any of them passes their models through without
 * looking.
 */
export type AnyResourceType = ResourceType<never>;
export type AnyModel = never;

export type Relationship<Model> = ToOne<Model> | ToMany<Model>;

export interface ToOne<Model> {
  readonly kind: 'one';
  /** Deferred, since types refer to each other. */
  readonly to: () => AnyResourceType;
  readonly description?: string;
  /** The id of the other resource; null for none. */
  id(model: Model): string | null;
  /**
   * The resources of at most 100 ids, in as few calls as can be. What isn't there, or not for this
   * caller to see, is missing.
   */
  load(ids: readonly string[], request: FastifyRequest): Promise<ReadonlyMap<string, unknown>>;
}

/**
 * One side of a to-many relationship: the linkage, and of each resource its model, unless it isn't
 * for this caller to see.
 */
export interface Related {
  readonly items: readonly { readonly id: string; readonly model?: unknown }[];
  /** How many there are in all, where the items are only the first page of them. */
  readonly total?: number;
}

export interface ToMany<Model> {
  readonly kind: 'many';
  readonly to: () => AnyResourceType;
  readonly description?: string;
  /**
   * Who may see it, where not everyone may who sees what it belongs to: of its addresses, and a
   * check for `include`, which throws a JsonApiError.
   */
  readonly guard?: {
    readonly config: FastifyContextConfig;
    assertReadable(request: FastifyRequest): void;
  };
  /** What at most 100 resources are related to, by their ids, in as few calls as can be. */
  load(models: readonly Model[], request: FastifyRequest): Promise<ReadonlyMap<string, Related>>;
  /** Present when there may be many: then its addresses answer pages. */
  readonly list?: {
    readonly declaration: ListDeclaration;
    /** Its size when the relationship is included. */
    readonly includedSize: number;
    read(model: Model, list: ListRequest, request: FastifyRequest): Promise<ListPage<unknown>>;
  };
}

export function relationshipsOf(
  resource: AnyResourceType,
): [name: string, relationship: Relationship<never>][] {
  return Object.entries(resource.relationships ?? {});
}
