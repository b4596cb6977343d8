import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TObject } from 'typebox';
import type { DeclaredRequest, FilterKinds, ListDeclaration } from './list-declaration.ts';
import type { ListPage } from './list-request.ts';

/** How one way to use an address is guarded and described. */
export interface Operation {
  readonly config: FastifyContextConfig;
  readonly summary: string;
  readonly description?: string;
  /** Of the headers that it reads, for the documentation. */
  readonly headers?: TObject;
  /** The refusals that it may answer with; see `problemResponses`. */
  readonly refusals?: object;
}

export interface BodySchemas {
  /** What a client may say; the resource's other attributes are made by the server. */
  readonly attributes: TObject;
  readonly relationships?: TObject;
  /** A whole document that works as it stands. */
  readonly example?: object;
}

export interface NewBodySchemas extends BodySchemas {
  /** Where the client names the resource; left out, the server does. */
  readonly id?: 'required';
}

/** The values of a valid body. `@`-members are still among the attributes. */
export interface BodyInput<Body extends BodySchemas = BodySchemas> {
  readonly attributes: Static<Body['attributes']>;
  readonly relationships: Body extends {
    readonly relationships: infer Relationships extends TObject;
  }
    ? Static<Relationships>
    : unknown;
}

/** What a valid body says of a resource that is to be made. */
export interface NewResource<Body extends NewBodySchemas = NewBodySchemas> extends BodyInput<Body> {
  readonly type: string;
  readonly id: Body extends { readonly id: 'required' } ? string : unknown;
}

/** What a valid body says of the resource with this id. */
export interface ResourceUpdate<Body extends BodySchemas = BodySchemas> extends BodyInput<Body> {
  readonly type: string;
  readonly id: string;
}

/**
 * Throws a JsonApiError (403) when a body sends back something that the server makes, and not as it
 * is. Undefined when it sends nothing like it.
 */
export type AssertUnchanged = () => Promise<void>;

/**
 * What can be done with resources of a type. What is left out cannot: 405. What `run` gets follows
 * from the declaration beside it.
 */
export interface ResourceOperations<
  Model,
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
  Created extends NewBodySchemas = NewBodySchemas,
  Updated extends BodySchemas = BodySchemas,
> {
  /** Of the collection, below the prefix: `/products`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** The origin that links start with. */
  readonly origin: (request: FastifyRequest) => string;
  /** An example of an id, for the documentation. */
  readonly idExample?: string;
  readonly list?: Operation & {
    readonly declaration: ListDeclaration<Kinds, SortField>;
    /** What its documents say of the whole, beside the total and the page. */
    readonly meta?: { readonly schema: TObject; readonly value: object };
    readonly run: (
      list: DeclaredRequest<Kinds, SortField>,
      request: FastifyRequest,
    ) => Promise<ListPage<Model>>;
  };
  readonly read: Operation & {
    /** Throws a JsonApiError (404) when there is none, or none that the caller may see. */
    readonly run: (id: string, request: FastifyRequest) => Promise<Model>;
  };
  readonly create?: Operation & {
    readonly body: Created;
    readonly run: (
      resource: NewResource<Created>,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<Model>;
  };
  readonly update?: Operation & {
    readonly body: Updated;
    /**
     * Whether it takes an `Idempotency-Key`. A request that was carried out before is answered as
     * it was then, whatever has changed since: so the version of an `If-Match` that comes with a
     * key is for `run` to judge, and what must not be changed always: by calling `assertUnchanged`
     * when the key is new.
     */
    readonly takesKeys?: true;
    readonly run: (
      id: string,
      update: ResourceUpdate<Updated>,
      request: FastifyRequest,
      reply: FastifyReply,
      assertUnchanged: AssertUnchanged | undefined,
    ) => Promise<Model>;
  };
  readonly remove?: Operation & {
    /** Where the example of others shall not be gone afterwards. */
    readonly idExample?: string;
    readonly run: (id: string, request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  };
}
