import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import type { Static, TObject } from 'typebox';
import type { DeclaredRequest, FilterKinds, ListDeclaration } from './list-declaration.ts';
import type { ListPage } from './list-request.ts';

/**
 * A kind of resource, declared once by {@link declareResource}: routes, validation, documentation
 * and serialization follow from it. `Model` is what the service stores; only the functions here
 * turn it into a resource. They get the request too, since an answer may depend on its caller or
 * address.
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
   * The whole address of a resource, origin included. Left out for resources without an address of
   * their own, which then have no routes and no relationships.
   */
  self?(model: Model, request: FastifyRequest): string;
  /** Further links of a resource, by name. */
  links?(model: Model, request: FastifyRequest): Readonly<Record<string, string>>;
  /**
   * What a resource shows depends on its model, and on what these words say of the request, and on
   * nothing else. With it the text of a model is remembered, and given for equal models, so models
   * must never change. Left out: each text is written anew.
   */
  variant?(request: FastifyRequest): string;
  /** A number that grows with each change; its `ETag`. Left out: answers carry none. */
  version?(model: Model): number;
  /**
   * What an answer shows besides, and that changes without a new version: at most 64 of A–Z, a–z,
   * 0–9, `-` and `_`. It is in the ETag, so that whoever reads again gets it, and an `If-Match`
   * holds while the version is the same.
   */
  state?(model: Model): string;
  /** By name. No attribute and relationship may share a name. */
  readonly relationships?: Readonly<Record<RelationshipName, Relationship<Model>>>;
}

/** The values of attributes of a schema, which may be read-only. */
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

/** The argument of {@link declareResource}. The compiler holds `view` against `attributes`. */
interface ResourceDeclaration<
  Model,
  Type extends string,
  RelationshipName extends string,
  Attributes extends TObject,
  View extends ViewOf<Attributes>,
> extends Omit<ResourceType<Model, Type, RelationshipName>, 'attributes' | 'view'> {
  readonly attributes: Attributes;
  /** Its parameter says what the model is. It returns each attribute of the schema, no others. */
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
 * A resource type of any model. Every resource type is assignable to it, since its functions are
 * methods; callers must pass only models that came with the type.
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
   * The resources of at most 100 ids, in as few calls as can be. Those that don't exist, or that
   * the caller may not see, are missing.
   */
  load(ids: readonly string[], request: FastifyRequest): Promise<ReadonlyMap<string, unknown>>;
}

/**
 * The related resources of one model: their ids, and the model of each that the caller may see.
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
   * Who may see the relationship, if not everyone who may read the resource: the config of its
   * addresses, and a check for `include`, which throws a JsonApiError.
   */
  readonly guard?: {
    readonly config: FastifyContextConfig;
    assertReadable(request: FastifyRequest): void;
  };
  /** The related resources of at most 100 models, by their ids, in as few calls as can be. */
  load(models: readonly Model[], request: FastifyRequest): Promise<ReadonlyMap<string, Related>>;
  /** Present when there may be many: its addresses then answer pages. See {@link relatedList}. */
  readonly list?: RelatedList<Model>;
}

/** The related resources as a list. */
export interface RelatedList<
  Model,
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
> {
  readonly declaration: ListDeclaration<Kinds, SortField>;
  /** The size of its first page, which an `include` gives. */
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
