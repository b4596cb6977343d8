import { declareResource, nullable, type AnyResourceType } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { Delivery, DeliveryCause, DeliveryStatus } from '../webhook.ts';
import { failureCodes, shownFailure, type FailureCode } from '../failure.ts';
import type { WebhookPorts } from './ports.ts';
import type { webhookResource } from './webhook-resource.ts';

export const DELIVERY_CAUSES: readonly DeliveryCause[] = ['event', 'test', 'repeat'];
export const DELIVERY_STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'failed'];

const instant = { format: 'date-time' } as const;
const order = { description: 'Of the event; null for a test.' };

const attributes = Type.Object({
  cause: Type.Unsafe<DeliveryCause>({
    type: 'string',
    enum: [...DELIVERY_CAUSES],
    description: 'An event of the log, a test, or the repeat of another delivery.',
  }),
  eventId: Type.String({ description: 'Of the event, or of the first one of a batch.' }),
  eventType: Type.String(),
  eventCount: Type.Integer({ minimum: 1 }),
  firstOrder: nullable(Type.String(order)),
  lastOrder: nullable(Type.String(order)),
  attempt: Type.Integer({
    minimum: 1,
    description: 'Which attempt it is to deliver the same request.',
  }),
  status: Type.Unsafe<DeliveryStatus>({ type: 'string', enum: [...DELIVERY_STATUSES] }),
  attemptAt: Type.String({ ...instant, description: 'When it is or was made.' }),
  firstAttemptAt: Type.String({
    ...instant,
    description: 'When the same request was tried first.',
  }),
  responseStatus: nullable(Type.Integer()),
  durationMs: nullable(Type.Integer({ minimum: 0 })),
  failure: nullable(Type.String({ description: 'Why it failed, in a sentence.' })),
  failureCode: nullable(
    Type.Unsafe<FailureCode>({
      type: 'string',
      enum: [...failureCodes],
      description:
        'Why it failed. Null, too, for one that failed before there were codes. There may be more codes later.',
    }),
  ),
  requestBody: nullable(Type.String({ description: 'The first 1,024 bytes.' })),
  responseBody: nullable(Type.String({ description: 'The first 1,024 bytes.' })),
});

export function deliveryResource(
  { subject, origin, register }: Pick<WebhookPorts, 'subject' | 'origin' | 'register'>,
  webhooks: ReturnType<typeof webhookResource>,
) {
  const deliveries = declareResource({
    type: `${subject}-webhook-deliveries`,
    attributes,
    id: ({ id }) => id,
    view({ id: _id, webhookId: _webhookId, repeats: _repeats, failure: kept, ...shown }: Delivery) {
      const failure = kept === null ? null : shownFailure(kept);
      return {
        ...shown,
        failure: failure && failure.sentence,
        failureCode: failure && failure.code,
      };
    },
    self: ({ id }, request) => `${origin(request)}/api/v1/${subject}-webhook-deliveries/${id}`,
    relationships: {
      webhook: {
        kind: 'one',
        to: () => webhooks,
        id: ({ webhookId }: Delivery) => webhookId,
        async load(ids) {
          const found = await register.webhooksById(ids);
          return new Map(found.map((each) => [each.webhook.id, each]));
        },
      },
      delivery: {
        kind: 'one',
        to: (): AnyResourceType => deliveries,
        description: 'The one that it repeats.',
        id: ({ repeats }: Delivery) => repeats,
        async load(ids) {
          const found = await register.deliveriesById(ids);
          return new Map(found.map((each) => [each.id, each]));
        },
      },
    },
  });
  return deliveries;
}
