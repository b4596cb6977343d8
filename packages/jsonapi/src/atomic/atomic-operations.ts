import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  AssertUnchanged,
  BodyInput,
  BodySchemas,
  NewBodySchemas,
  NewResource,
  Operation,
} from '../declarations/operations.ts';
import { JsonApiError, type ErrorSource } from '../http/problems.ts';
import type { AnyResourceType, ResourceType } from '../declarations/resource-type.ts';

/** The extension by which several changes are one request. https://jsonapi.org/ext/atomic/ */
export const ATOMIC = 'https://jsonapi.org/ext/atomic';

/** At most this many operations are one request. */
export const MAX_OPERATIONS = 1_000;

/** The member of a document that lists its operations. */
export const OPERATIONS = 'atomic:operations';

/**
 * The resource of an operation, by its id or by the place of the operation before that adds it.
 */
export type OperationTarget = { readonly id: string } | { readonly addedBy: number };

/** The operations on resources of a type. An operation that is left out is refused: 403. */
export interface AtomicType {
  readonly resource: AnyResourceType;
  /** The whole path of the collection, by which an `href` names it: `/api/v1/products`. */
  readonly path: string;
  /** The same as those of the single routes. */
  readonly add?: NewBodySchemas;
  readonly update?: BodySchemas & {
    /**
     * Reads the resource of an update that repeats what it cannot change. Throws a JsonApiError
     * (404) when there is none.
     */
    readonly read: (id: string, request: FastifyRequest) => Promise<unknown>;
  };
  readonly remove?: true;
}

/** Declares the types of an {@link AtomicOperations}, from which those of its operations follow. */
export function atomicTypes<const Declared extends readonly AtomicType[]>(
  ...types: Declared
): Declared {
  return types;
}

/**
 * A well-formed operation on a resource of a declared type, whose body is as valid as that of the
 * single request for it. `op` and `type` tell operations apart.
 */
export type AtomicOperation<Declared extends AtomicType = AtomicType> = Declared extends AtomicType
  ? AddOf<Declared> | UpdateOf<Declared> | RemoveOf<Declared>
  : never;

type AddOf<Declared extends AtomicType> = 'add' extends keyof Declared
  ? {
      readonly op: 'add';
      readonly type: Declared['resource']['type'];
      readonly data: NewResource<NonNullable<Declared['add']>>;
    }
  : never;

type UpdateOf<Declared extends AtomicType> = 'update' extends keyof Declared
  ? {
      readonly op: 'update';
      readonly type: Declared['resource']['type'];
      readonly target: TargetOf<Declared>;
      readonly data: BodyInput<NonNullable<Declared['update']>>;
    }
  : never;

type RemoveOf<Declared extends AtomicType> = 'remove' extends keyof Declared
  ? {
      readonly op: 'remove';
      readonly type: Declared['resource']['type'];
      readonly target: TargetOf<Declared>;
    }
  : never;

/** A resource that an operation before adds has no id yet, unless the client gives it one. */
type TargetOf<Declared extends AtomicType> = Declared extends {
  readonly add: { readonly id: 'required' };
}
  ? { readonly id: string }
  : 'add' extends keyof Declared
    ? OperationTarget
    : { readonly id: string };

/** The model of a declared type. */
export type ModelOf<Declared extends AtomicType> =
  Declared['resource'] extends ResourceType<infer Model> ? Model : never;

/**
 * A POST address whose requests are lists of operations, all or nothing.
 *
 * @template Change what the service makes of an operation
 */
export interface AtomicOperations<
  Declared extends AtomicType = AtomicType,
  Change = unknown,
> extends Operation {
  /** Below the prefix: `/product-operations`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** The origin that links start with; an `href` may name it. */
  readonly origin: (request: FastifyRequest) => string;
  readonly types: readonly Declared[];
  /** A whole document that works as it stands. */
  readonly example: object;
  /**
   * What an operation asks of the service. Throws a JsonApiError when it can't be, as the single
   * request would.
   */
  readonly change: (operation: AtomicOperation<Declared>) => Change;
  /**
   * Carries out 1 to {@link MAX_OPERATIONS} changes in their order, all or none. Returns the model
   * that each one leaves, at its place; null where there is none. Throws a JsonApiError for those
   * that it refuses; see {@link atOperation}.
   */
  readonly run: (
    changes: readonly Change[],
    request: FastifyRequest,
    reply: FastifyReply,
    assertUnchanged: AssertUnchanged | undefined,
  ) => Promise<readonly (ModelOf<Declared> | null)[]>;
  /**
   * Whether it takes an `Idempotency-Key`: then `run` calls `assertUnchanged`, where the key is
   * new; see `ResourceOperations`.
   */
  readonly takesKeys?: true;
}

/**
 * The source of a single request's error in a list of operations: within the operation, or the
 * operation itself.
 */
export function operationSource(index: number, source?: ErrorSource): ErrorSource {
  const inside = source && 'pointer' in source ? source.pointer : '';
  return { pointer: `/${OPERATIONS}/${index}${inside}` };
}

/**
 * The errors of a single request as those of an operation: each points to it, or into it.
 */
export function atOperation(index: number, { errors, meta }: JsonApiError): JsonApiError {
  const pointing = errors.map((error) => ({
    ...error,
    source: operationSource(index, error.source),
  }));
  return new JsonApiError(pointing, {}, meta);
}

/**
 * Runs the work of one operation. A JsonApiError that it throws points to the operation.
 */
export async function forOperation<Result>(
  index: number,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw ofOperation(index, error);
  }
}

/** What was thrown for an operation: a JsonApiError then points to it. */
export function ofOperation(index: number, error: unknown): unknown {
  return error instanceof JsonApiError ? atOperation(index, error) : error;
}
