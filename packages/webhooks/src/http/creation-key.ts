import { createHash } from 'node:crypto';
import { JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';

export const creationHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'A new UUID for each new request, the same one when you repeat a request: then the webhook is made once, and the answer has its secret again. It is known as long as the webhook exists.',
    }),
  ),
});

export interface CreationKey {
  readonly creationKey: string;
  readonly creationFingerprint: string;
}

const VISIBLE_CHARACTERS = /^[!-~]{1,255}$/;

/** @throws {JsonApiError} 400 for a key that is not 1 to 255 visible characters */
export function creationKeyOf(request: FastifyRequest, attributes: object): CreationKey | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && VISIBLE_CHARACTERS.test(key))
    return {
      creationKey: digest([request.caller.id, key]),
      creationFingerprint: digest(attributes),
    };
  throw new JsonApiError(
    protocolProblem(
      'invalid-parameter',
      'Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.',
      { source: { header: 'Idempotency-Key' } },
    ),
  );
}

function digest(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
