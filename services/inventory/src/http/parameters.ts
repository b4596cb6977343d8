import Type from 'typebox';

/**
 * Parameters that several routes document. Queries and headers are read by the routes; these
 * schemas only describe them.
 */
export interface IdParam {
  id: string;
}

/** `example` is left out where ids are made as things happen. */
export function idParam(description: string, example?: string) {
  return Type.Object({
    id: Type.String({ description, ...(example !== undefined && { examples: [example] }) }),
  });
}

const idempotencyKey = {
  minLength: 1,
  maxLength: 255,
  description: 'A new UUID for each new request, the same one when you repeat a request.',
};
const exampleKey = '2f1d4c1e-6c1a-4b0e-9d53-0c5b8f7a1e42';

export const requiredIdempotencyKey = Type.Object({
  'idempotency-key': Type.String({ ...idempotencyKey, examples: [exampleKey] }),
});
// Without an example: the page would send one key with every example, and two different requests
// can't share one.
export const optionalIdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(Type.String(idempotencyKey)),
});
