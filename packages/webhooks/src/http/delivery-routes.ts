import { JsonApiError, protocolProblem, resourceRoutes, toOneRelationship } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { MAX_REQUESTED } from '../webhook-register.ts';
import type { Delivery } from '../webhook.ts';
import type { deliveryResource } from './delivery-resource.ts';
import { deliveryList } from './lists.ts';
import type { WebhookPorts } from './ports.ts';
import { errorResponses, orUnknown, webhookProblem } from './problems.ts';
import { requireSeal } from './require-seal.ts';
import { requireWebhook } from './webhook-routes.ts';

/** The type of the event that a test delivers. */
const TEST_EVENT = 'webhook.test';

const attributes = Type.Object({
  cause: Type.Unsafe<'test' | 'repeat'>({
    type: 'string',
    enum: ['test', 'repeat'],
    description:
      '`test` sends a test event to the `webhook`, `repeat` once more what the `delivery` sent.',
  }),
});

function bodyOf(subject: string) {
  return {
    attributes,
    relationships: Type.Object({
      webhook: Type.Optional(
        toOneRelationship(`${subject}-webhooks`, { description: 'For a test.' }),
      ),
      delivery: Type.Optional(
        toOneRelationship(`${subject}-webhook-deliveries`, { description: 'For a repeat.' }),
      ),
    }),
    example: {
      data: {
        type: `${subject}-webhook-deliveries`,
        attributes: { cause: 'test' },
        relationships: {
          webhook: {
            data: { type: `${subject}-webhooks`, id: '0193a7c4-0000-7000-8000-000000000000' },
          },
        },
      },
    },
  };
}

type DeliveryInput = {
  readonly attributes: Static<typeof attributes>;
  readonly relationships: Static<ReturnType<typeof bodyOf>['relationships']> | undefined;
};

/** What was sent to webhooks, below `/api/v1`. */
export function deliveryRoutes(
  app: FastifyInstance,
  resource: ReturnType<typeof deliveryResource>,
  ports: WebhookPorts,
): void {
  const { subject, access, register } = ports;
  resourceRoutes(app, resource, {
    path: `/${resource.type}`,
    tags: ['Webhooks'],
    origin: ports.origin,
    list: {
      config: access.read,
      summary: 'List deliveries',
      description:
        'Latest first: each attempt to hand a request to a webhook. `filter[webhook]` lists those of one, `filter[status]` what is `pending`, `delivered` or `failed`. They are kept for 30 days, at most 1,000 of a webhook. The list is counted up to 1,000: where there are more, `meta.page.totalIsCapped` is true.',
      refusals: errorResponses('invalid-parameter', 'unavailable'),
      declaration: deliveryList,
      run: (list) => register.deliveries(list),
    },
    read: {
      config: access.read,
      summary: 'Read a delivery',
      refusals: errorResponses('not-found', 'unavailable'),
      run: (id) => requireDelivery(ports, id),
    },
    create: {
      config: access.write,
      summary: 'Send a test event, or a delivery again',
      description: `The answer comes before it is sent: read the delivery to see what came of it. At most ${MAX_REQUESTED} of a webhook wait.`,
      refusals: errorResponses(
        'invalid-document',
        'client-generated-id',
        'read-only-attribute',
        'not-found',
        'type-conflict',
        'delivery-limit',
        'invalid-attribute',
        'webhooks-not-set-up',
        'unavailable',
        'outcome-unknown',
      ),
      body: bodyOf(subject),
      async run(input) {
        requireSeal(ports);
        const delivery = await requestedDelivery(ports, input);
        if (!(await orUnknown(register.request(delivery)))) throw await notTaken(ports, delivery);
        ports.onChange();
        return delivery;
      },
    },
  });
}

async function requireDelivery({ register, subject }: WebhookPorts, id: string): Promise<Delivery> {
  const found = await register.delivery(id);
  if (found !== null) return found;
  throw new JsonApiError(
    protocolProblem(
      'not-found',
      `There is no delivery with this id, or it is older than those that are kept. GET /api/v1/${subject}-webhook-deliveries lists them.`,
    ),
  );
}

/** The pending delivery that a caller asks for. The repeat of a test is another test. */
async function requestedDelivery(
  ports: WebhookPorts,
  { attributes: { cause }, relationships = {} }: DeliveryInput,
): Promise<Delivery> {
  const { webhook, delivery } = relationships;
  if (cause === 'test') {
    if (delivery !== undefined) throw wrongRelationship('delivery', 'A test has no "delivery".');
    if (webhook === undefined)
      throw wrongRelationship(null, 'A test needs the relationship "webhook".');
    const { webhook: found } = await requireWebhook(ports, webhook.data.id);
    return testDelivery(ports, found.id);
  }
  if (delivery === undefined)
    throw wrongRelationship(null, 'A repeat needs the relationship "delivery".');
  const repeated = await requireDelivery(ports, delivery.data.id);
  if (webhook !== undefined && webhook.data.id !== repeated.webhookId)
    throw wrongRelationship('webhook', 'The delivery is one of another webhook.');
  const { webhookId, eventId, eventType, eventCount, firstOrder, lastOrder } = repeated;
  const event = { eventId, eventType, eventCount, firstOrder, lastOrder };
  return firstOrder === null
    ? testDelivery(ports, webhookId)
    : pending(ports, { webhookId, cause: 'repeat', repeats: repeated.id, ...event });
}

function testDelivery(ports: WebhookPorts, webhookId: string): Delivery {
  const { id, ...test } = pending(ports, {
    webhookId,
    cause: 'test',
    repeats: null,
    eventId: '',
    eventType: TEST_EVENT,
    eventCount: 1,
    firstOrder: null,
    lastOrder: null,
  });
  return { ...test, id, eventId: `test/${id}` };
}

type Requested = Pick<
  Delivery,
  | 'webhookId'
  | 'cause'
  | 'repeats'
  | 'eventId'
  | 'eventType'
  | 'eventCount'
  | 'firstOrder'
  | 'lastOrder'
>;

function pending({ clock, newId }: WebhookPorts, requested: Requested): Delivery {
  const at = clock();
  return {
    id: newId(at),
    ...requested,
    attempt: 1,
    status: 'pending',
    attemptAt: at.toISOString(),
    firstAttemptAt: at.toISOString(),
    responseStatus: null,
    durationMs: null,
    failure: null,
    requestBody: null,
    responseBody: null,
  };
}

/** Why it was not taken: its webhook is gone by now, or too many wait. */
async function notTaken(ports: WebhookPorts, { webhookId }: Delivery): Promise<JsonApiError> {
  await requireWebhook(ports, webhookId);
  return new JsonApiError(
    webhookProblem(
      'delivery-limit',
      `${MAX_REQUESTED} deliveries that were asked for wait for this webhook. Wait until some are done.`,
    ),
  );
}

function wrongRelationship(name: string | null, detail: string): JsonApiError {
  const pointer = name === null ? '/data/relationships' : `/data/relationships/${name}`;
  return new JsonApiError(protocolProblem('invalid-document', detail, { source: { pointer } }));
}
