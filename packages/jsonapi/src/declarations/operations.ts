import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TObject } from 'typebox';
import type { DeclaredRequest, FilterKinds, ListDeclaration } from './list-declaration.ts';
import type { ListPage } from './list-request.ts';

/** The scope and the documentation of one method of an address. */
export interface Operation {
  readonly config: FastifyContextConfig;
  readonly summary: string;
  readonly description?: string;
  /** The headers that it reads, for the documentation. */
  readonly headers?: TObject;
  /** Its answers of refusal; see `problemResponses`. */
  readonly refusals?: object;
}

export interface BodySchemas {
  /** The attributes that a client may send; the server makes the others. */
  readonly attributes: TObject;
  readonly relationships?: TObject;
  /** A whole document that can be sent as it is. */
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

/** A valid body of a POST. */
export interface NewResource<Body extends NewBodySchemas = NewBodySchemas> extends BodyInput<Body> {
  readonly type: string;
  readonly id: Body extends { readonly id: 'required' } ? string : unknown;
}

/** A valid body of a PATCH. */
export interface ResourceUpdate<Body extends BodySchemas = BodySchemas> extends BodyInput<Body> {
  readonly type: string;
  readonly id: string;
}

/**
 * Throws a JsonApiError (403) when a body changes a read-only member. Undefined when the body has
 * none.
 */
export type AssertUnchanged = () => Promise<void>;

/**
 * The operations on resources of a type; one that is left out is answered 405. The types of what
 * `run` gets follow from the declaration beside it.
 */
export interface ResourceOperations<
  Model,
  Kinds extends FilterKinds = FilterKinds,
  SortField extends string = string,
  Created extends NewBodySchemas = NewBodySchemas,
  Updated extends BodySchemas = BodySchemas,
> {
  /** The path of the collection, below the prefix: `/products`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** The origin that links start with. */
  readonly origin: (request: FastifyRequest) => string;
  /** An example of an id, for the documentation. */
  readonly idExample?: string;
  readonly list?: Operation & {
    readonly declaration: ListDeclaration<Kinds, SortField>;
    /** Members of the documents' `meta` beside the total and the page. */
    readonly meta?: { readonly schema: TObject; value(): Promise<object> };
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
    /** In bytes, where it is not that of the server. */
    readonly bodyLimit?: number;
    readonly run: (
      resource: NewResource<Created>,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<Model>;
  };
  readonly update?: Operation & {
    readonly body: Updated;
    /**
     * Whether it takes an `Idempotency-Key`. A repeated request gets its first answer, whatever
     * has changed since. So with a key, `run` judges the version of an `If-Match`, and calls
     * `assertUnchanged` when the key is new.
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
    /** An id of its own, so that the example of the others still exists afterwards. */
    readonly idExample?: string;
    readonly run: (id: string, request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  };
}
