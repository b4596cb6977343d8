import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import type { Static, TObject } from 'typebox';
import type { DeclaredRequest, FilterKinds, ListDeclaration } from './list-declaration.ts';
import type { ListPage } from './list-request.ts';

/**
 * A kind of resource, declared once: routes, validation, documentation and serialization follow
 * from it. `Model` is what the service keeps; only the functions here know how it is shown. All of
 * them get the request that is being answered, for what depends on the caller or on the address
 * of the request. Made by {@link declareResource}.
 *
 * @see https://jsonapi.org/format/1.1/#document-resource-objects
 */
export interface ResourceType<
  Model,
  Type extends string = string,
  RelationshipName extends string = string,
> {
  readonly type: Type;
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
  readonly relationships?: Readonly<Record<RelationshipName, Relationship<Model>>>;
}

/** What a view gives for attributes of a schema: its values, which nobody changes. */
export type ViewOf<Attributes extends TObject> = Immutable<Static<Attributes>>;

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value;

/** Attributes that a view gives and the schema doesn't have. */
type Undeclared<View, Attributes extends TObject> = {
  readonly [Name in Exclude<keyof View, keyof Static<Attributes>>]: never;
};

/** A resource type as it is written down. The compiler holds its view against its attributes. */
interface ResourceDeclaration<
  Model,
  Type extends string,
  RelationshipName extends string,
  Attributes extends TObject,
  View extends ViewOf<Attributes>,
> extends Omit<ResourceType<Model, Type, RelationshipName>, 'attributes' | 'view'> {
  readonly attributes: Attributes;
  /** Says what the model is, by its parameter, and gives each attribute of the schema. */
  view(model: Model, request: FastifyRequest): View & Undeclared<View, Attributes>;
}

/**
 * Declares a resource type. The parameter of `view` says what the model is:
 * `view: (book: Book) => ({ title: book.title })`.
 */
export function declareResource<
  Model,
  const Type extends string,
  Attributes extends TObject,
  View extends ViewOf<Attributes>,
  RelationshipName extends string = never,
>(
  declaration: ResourceDeclaration<Model, Type, RelationshipName, Attributes, View>,
): ResourceType<Model, Type, RelationshipName> {
  return declaration;
}

/**
 * A resource type whose model is passed through without a look at it. Every resource type is one:
 * its functions are only ever called with models that it came with.
 */
export type AnyResourceType = ResourceType<unknown>;

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
  /** Present when there may be many: then its addresses answer pages. See {@link relatedList}. */
  readonly list?: RelatedList<Model>;
}

/** The other side of a relationship as a list. */
export interface RelatedList<
  Model,
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
> {
  readonly declaration: ListDeclaration<Kinds, SortField>;
  /** Its size when the relationship is included. */
  readonly includedSize: number;
  read(
    model: Model,
    list: DeclaredRequest<Kinds, SortField>,
    request: FastifyRequest,
  ): Promise<ListPage<unknown>>;
}

/** The pages of a relationship: `read` gets requests as the list declares them. */
export function relatedList<Model, Kinds extends FilterKinds, SortField extends string>(
  list: RelatedList<Model, Kinds, SortField>,
): RelatedList<Model>;
export function relatedList(list: RelatedList<unknown>): RelatedList<unknown> {
  return list;
}

export function relationshipsOf(
  resource: AnyResourceType,
): [name: string, relationship: Relationship<unknown>][] {
  return Object.entries(resource.relationships ?? {});
}
