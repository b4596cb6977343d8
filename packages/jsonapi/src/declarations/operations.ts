import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import type { ListDeclaration } from './list-declaration.ts';
import type { ListPage, ListRequest } from './list-request.ts';

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

/** What a valid body says. `@`-members are still among the attributes. */
export interface ResourceInput<Attributes = object, Relationships = unknown> {
  readonly type: string;
  readonly id: string;
  readonly attributes: Attributes;
  readonly relationships: Relationships;
}

export interface BodySchemas {
  /** What a client may say; the resource's other attributes are made by the server. */
  readonly attributes: TObject;
  readonly relationships?: TObject;
  /** A whole document that works as it stands. */
  readonly example?: object;
}

/**
 * Throws a JsonApiError (403) when a body sends back something that the server makes, and not as it
 * is. Undefined when it sends nothing like it.
 */
export type AssertUnchanged = () => Promise<void>;

/** What can be done with resources of a type. What is left out cannot: 405. */
export interface ResourceOperations<Model> {
  /** Of the collection, below the prefix: `/products`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** The origin that links start with. */
  origin(request: FastifyRequest): string;
  /** An example of an id, for the documentation. */
  readonly idExample?: string;
  readonly list?: Operation & {
    readonly declaration: ListDeclaration;
    /** What its documents say of the whole, beside the total and the page. */
    readonly meta?: { readonly schema: TObject; readonly value: object };
    run(list: ListRequest, request: FastifyRequest): Promise<ListPage<Model>>;
  };
  readonly read: Operation & {
    /** Throws a JsonApiError (404) when there is none, or none that the caller may see. */
    run(id: string, request: FastifyRequest): Promise<Model>;
  };
  readonly create?: Operation & {
    readonly body: BodySchemas & { readonly id?: 'required' };
    run(
      input: ResourceInput<never, never>,
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<Model>;
  };
  readonly update?: Operation & {
    readonly body: BodySchemas;
    /**
     * Whether it takes an `Idempotency-Key`. A request that was carried out before is answered as
     * it was then, whatever has changed since: so the version of an `If-Match` that comes with a
     * key is for `run` to judge, and what must not be changed always: by calling `assertUnchanged`
     * when the key is new.
     */
    readonly takesKeys?: true;
    run(
      id: string,
      input: ResourceInput<never, never>,
      request: FastifyRequest,
      reply: FastifyReply,
      assertUnchanged: AssertUnchanged | undefined,
    ): Promise<Model>;
  };
  readonly remove?: Operation & {
    /** Where the example of others shall not be gone afterwards. */
    readonly idExample?: string;
    run(id: string, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  };
}
