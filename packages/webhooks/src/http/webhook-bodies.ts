import { nullable, timestamp } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { WebhookStatus } from '../webhook-register.ts';
import { WEBHOOK_STATUSES } from './webhook-resource.ts';

const MAX_PRODUCTS = 1_000;
const EXAMPLE_URL = 'https://shop.example/anaquel';

const batch = Type.Integer({
  minimum: 1,
  maximum: 100,
  description:
    'The most events in one request. With 1, a request has one event; with more, a list, whatever its length.',
});
const url = Type.String({
  minLength: 1,
  maxLength: 2_048,
  'x-expects': 'an address of at most 2,048 characters such as https://example.com/events',
  description:
    '`https`, without a user name or a fragment, and at an address of the public internet. It is checked at each request, too.',
});
const status = Type.Unsafe<WebhookStatus>({
  type: 'string',
  enum: [...WEBHOOK_STATUSES],
  description: 'While it is `paused`, events wait; `active` delivers them all.',
});
const productIds = nullable(
  Type.Array(Type.String({ pattern: '^[1-9][0-9]{0,15}$' }), {
    minItems: 1,
    maxItems: MAX_PRODUCTS,
    uniqueItems: true,
    'x-expects': `a list of 1 to ${MAX_PRODUCTS} different ids of products, or null for all`,
    description: 'Only events about one of these; null for all.',
  }),
);

function eventTypesOf(types: readonly string[]) {
  return nullable(
    Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...types] }), {
      minItems: 1,
      maxItems: types.length,
      uniqueItems: true,
      'x-expects': `a list of different types of events, or null for all; the types are ${types.join(', ')}`,
      description: 'Only events of one of these types; null for all.',
    }),
  );
}

/** The bodies of a service's webhooks. */
export function webhookBodies(type: string, types: readonly string[]) {
  const eventTypes = eventTypesOf(types);
  const optional = {
    eventTypes: Type.Optional(eventTypes),
    productIds: Type.Optional(productIds),
    batch: Type.Optional(batch),
    status: Type.Optional(status),
  };
  return {
    created: {
      attributes: Type.Object({ url, ...optional }),
      example: {
        data: { type, attributes: { url: EXAMPLE_URL, eventTypes: types.slice(0, 1) } },
      },
    },
    updated: {
      attributes: Type.Object({
        url: Type.Optional(url),
        ...optional,
        rotateSecret: Type.Optional(
          Type.Boolean({
            description:
              'True makes a new secret, which the answer has. For 24 hours requests are signed by both.',
          }),
        ),
        replayFrom: Type.Optional(replayFrom),
      }),
    },
  };
}

const replayFrom = Type.Unsafe<number | string>({
  type: ['integer', 'string'],
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  'x-expects': 'a position of the log, or a moment such as 2026-01-31T12:00:00Z',
  description:
    'Delivers again what comes after this position, 0 for everything, or what happened since this moment; it may begin a little earlier. Not after its `position` while events wait for it, and never after the end of the log.',
});

const { read: readInstant } = timestamp();

/** A position, or a moment of RFC 3339; undefined for another text. */
export function readReplay(value: number | string): number | Date | undefined {
  if (typeof value === 'number') return value;
  const instant = readInstant(value);
  return instant === undefined ? undefined : new Date(instant);
}
