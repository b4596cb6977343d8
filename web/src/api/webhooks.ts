import {
  pageParameters,
  readList,
  readOne,
  readVersioned,
  V1,
  type Client,
  type Options,
  type Page,
} from './client.ts';
import { reader, resourceOf, type ResourceObject, type UnknownValue } from './documents.ts';

/** What a webhook is told of: the events of Inventory, or those of Products. */
export const webhookSources = ['stock', 'catalogue'] as const;
export type WebhookSource = (typeof webhookSources)[number];
/** The resources of each. */
export const WEBHOOK_TYPES = {
  stock: { webhooks: 'stock-webhooks', deliveries: 'stock-webhook-deliveries' },
  catalogue: { webhooks: 'product-webhooks', deliveries: 'product-webhook-deliveries' },
} as const satisfies Record<WebhookSource, object>;

export const webhookStatuses = ['active', 'paused'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];
export const pausedReasons = ['requested', 'gone', 'failing'] as const;
export type PausedReason = (typeof pausedReasons)[number];

/** What may be wrong with an address, as the service says in `meta.reason`. */
export const urlProblems = [
  'not-absolute',
  'too-long',
  'not-https',
  'user-info',
  'fragment',
  'not-found',
  'not-looked-up',
  'not-public',
] as const;
export type UrlProblem = (typeof urlProblems)[number];

/** Times are RFC 3339. */
export interface Webhook {
  readonly id: string;
  readonly source: WebhookSource;
  readonly url: string;
  /** Null for all. */
  readonly eventTypes: readonly string[] | null;
  /** Null for all. */
  readonly productIds: readonly string[] | null;
  /** The greatest number of events in one request. */
  readonly batch: number;
  readonly status: WebhookStatus | UnknownValue;
  readonly pausedReason: PausedReason | UnknownValue | null;
  /** Up to there in the log, everything that it wants is delivered. */
  readonly position: number;
  readonly failingSince: string | null;
  /** Until when the secret before this one signs, too. */
  readonly previousSecretUntil: string | null;
  readonly createdAt: string;
}

/** A webhook as it was made, or got a new secret: nothing else tells a secret. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

export interface WebhookInput {
  readonly url: string;
  readonly eventTypes: readonly string[] | null;
  readonly productIds: readonly string[] | null;
  readonly batch: number;
}

/** Where a replay begins: after a position, 0 for everything, or at an instant of RFC 3339. */
export type ReplayStart = number | string;

const toWebhook =
  (source: WebhookSource) =>
  (resource: ResourceObject): Webhook => {
    const read = reader(resourceOf(WEBHOOK_TYPES[source].webhooks, resource).attributes);
    return {
      id: resource.id,
      source,
      url: read.text('url'),
      eventTypes: read.textsOrNull('eventTypes'),
      productIds: read.textsOrNull('productIds'),
      batch: read.number('batch'),
      status: read.openOneOf('status', webhookStatuses),
      pausedReason: read.openOneOfOrNull('pausedReason', pausedReasons),
      position: read.number('position'),
      failingSince: read.textOrNull('failingSince'),
      previousSecretUntil: read.textOrNull('previousSecretUntil'),
      createdAt: read.text('createdAt'),
    };
  };

const toWebhookWithSecret =
  (source: WebhookSource) =>
  (resource: ResourceObject): WebhookWithSecret => ({
    webhook: toWebhook(source)(resource),
    secret: reader(resource.attributes).text('secret'),
  });

/** What both services are asked about webhooks. */
export function webhookCalls({ ask }: Client) {
  const pathOf = (source: WebhookSource, id: string) =>
    `${V1}/${WEBHOOK_TYPES[source].webhooks}/${encodeURIComponent(id)}`;
  const change = (source: WebhookSource, id: string, attributes: object) => ({
    method: 'PATCH' as const,
    path: pathOf(source, id),
    body: { data: { type: WEBHOOK_TYPES[source].webhooks, id, attributes } },
  });

  return {
    webhooks: (source: WebhookSource, query: Page, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/${WEBHOOK_TYPES[source].webhooks}`,
          query: { ...pageParameters(query), sort: '-createdAt' },
          signal,
        },
        readList(toWebhook(source)),
      ),
    webhook: (source: WebhookSource, id: string, { signal }: Options = {}) =>
      ask({ path: pathOf(source, id), signal }, readVersioned(toWebhook(source))),
    createWebhook: (source: WebhookSource, attributes: WebhookInput, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          idempotencyKey,
          path: `${V1}/${WEBHOOK_TYPES[source].webhooks}`,
          body: { data: { type: WEBHOOK_TYPES[source].webhooks, attributes } },
        },
        readOne(toWebhookWithSecret(source)),
      ),
    changeWebhook: (
      source: WebhookSource,
      id: string,
      attributes: WebhookInput,
      etag: string | null,
    ) =>
      ask({ ...change(source, id, attributes), ifMatch: etag }, readVersioned(toWebhook(source))),
    turnWebhook: (source: WebhookSource, id: string, status: WebhookStatus) =>
      ask(change(source, id, { status }), readVersioned(toWebhook(source))),
    rotateWebhookSecret: (source: WebhookSource, id: string) =>
      ask(change(source, id, { rotateSecret: true }), readOne(toWebhookWithSecret(source))),
    /** Delivers again what happened from there on. */
    replayWebhook: (source: WebhookSource, id: string, start: ReplayStart) =>
      ask(change(source, id, { replayFrom: start }), readVersioned(toWebhook(source))),
    deleteWebhook: (source: WebhookSource, id: string) =>
      ask({ method: 'DELETE', path: pathOf(source, id) }, () => null),
  };
}
