import { pageParameters, readList, V1, type Client, type Options, type Page } from './client.ts';
import { reader, resourceOf, type ResourceObject, type UnknownValue } from './documents.ts';
import { urlProblems, WEBHOOK_TYPES, type WebhookSource } from './webhooks.ts';

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
export const deliveryCauses = ['event', 'test', 'repeat'] as const;
export type DeliveryCause = (typeof deliveryCauses)[number];
/** The address may be wrong by now, too. */
export const deliveryFailures = [
  ...urlProblems,
  'answered',
  'redirected',
  'answer-late',
  'answer-too-long',
  'answer-headers-too-long',
  'answer-length-wrong',
  'answer-interim',
  'answer-not-http',
  'connection-refused',
  'connection-late',
  'connection-closed',
  'no-route',
  'no-tls',
  'certificate-not-trusted',
  'certificate-of-another-name',
  'certificate-expired',
  'certificate-not-yet-valid',
  'request-failed',
  'service-ended',
  'not-signed',
  'webhook-changed',
  'events-changed',
] as const;
export type DeliveryFailure = (typeof deliveryFailures)[number];

/** One attempt to hand one request to an endpoint. */
export interface WebhookDelivery {
  readonly id: string;
  readonly cause: DeliveryCause | UnknownValue;
  readonly eventId: string;
  readonly eventType: string;
  readonly eventCount: number;
  readonly firstOrder: string | null;
  readonly lastOrder: string | null;
  readonly attempt: number;
  readonly status: DeliveryStatus | UnknownValue;
  /** When it was made; of one that is pending, when it will be. */
  readonly attemptAt: string;
  readonly responseStatus: number | null;
  readonly durationMs: number | null;
  /** In a sentence of English. */
  readonly failure: string | null;
  readonly failureCode: DeliveryFailure | UnknownValue | null;
  readonly requestBody: string | null;
  readonly responseBody: string | null;
}

export interface DeliveryQuery extends Page {
  readonly webhookId: string;
  readonly status?: DeliveryStatus | undefined;
}

const toDelivery =
  (source: WebhookSource) =>
  (resource: ResourceObject): WebhookDelivery => {
    const read = reader(resourceOf(WEBHOOK_TYPES[source].deliveries, resource).attributes);
    return {
      id: resource.id,
      cause: read.openOneOf('cause', deliveryCauses),
      eventId: read.text('eventId'),
      eventType: read.text('eventType'),
      eventCount: read.number('eventCount'),
      firstOrder: read.textOrNull('firstOrder'),
      lastOrder: read.textOrNull('lastOrder'),
      attempt: read.number('attempt'),
      status: read.openOneOf('status', deliveryStatuses),
      attemptAt: read.text('attemptAt'),
      responseStatus: read.numberOrNull('responseStatus'),
      durationMs: read.numberOrNull('durationMs'),
      failure: read.textOrNull('failure'),
      failureCode: read.openOneOfOrNull('failureCode', deliveryFailures),
      requestBody: read.textOrNull('requestBody'),
      responseBody: read.textOrNull('responseBody'),
    };
  };

/** What both services are asked about the deliveries of a webhook. */
export function webhookDeliveryCalls({ ask }: Client) {
  const request = (source: WebhookSource, attributes: object, relationships: object) => ({
    method: 'POST' as const,
    path: `${V1}/${WEBHOOK_TYPES[source].deliveries}`,
    body: { data: { type: WEBHOOK_TYPES[source].deliveries, attributes, relationships } },
  });

  return {
    webhookDeliveries: (source: WebhookSource, query: DeliveryQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/${WEBHOOK_TYPES[source].deliveries}`,
          query: {
            ...pageParameters(query),
            'filter[webhook]': query.webhookId,
            'filter[status]': query.status,
          },
          signal,
        },
        readList(toDelivery(source)),
      ),
    /** Sends an event that tells of nothing. */
    testWebhook: (source: WebhookSource, id: string) =>
      ask(
        request(
          source,
          { cause: 'test' },
          { webhook: related(WEBHOOK_TYPES[source].webhooks, id) },
        ),
        () => null,
      ),
    /** Sends what a delivery has once more. */
    repeatDelivery: (source: WebhookSource, webhookId: string, id: string) =>
      ask(
        request(
          source,
          { cause: 'repeat' },
          {
            webhook: related(WEBHOOK_TYPES[source].webhooks, webhookId),
            delivery: related(WEBHOOK_TYPES[source].deliveries, id),
          },
        ),
        () => null,
      ),
  };
}

function related(type: string, id: string) {
  return { data: { type, id } };
}
