import { declareResource, nullable } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { WebhookStatus } from '../webhook-register.ts';
import type { WebhookWithProgress } from '../webhook-store.ts';
import type { PausedReason } from '../webhook.ts';
import type { WebhookPorts } from './ports.ts';

/** A webhook as an answer shows it: only one that made a secret has it. */
export interface ShownWebhook extends WebhookWithProgress {
  readonly secret?: string;
}

export const WEBHOOK_STATUSES: readonly WebhookStatus[] = ['active', 'paused'];
export const PAUSED_REASONS: readonly PausedReason[] = ['requested', 'gone', 'failing'];

const instant = { format: 'date-time' } as const;

const attributes = Type.Object({
  url: Type.String({ format: 'uri' }),
  eventTypes: nullable(Type.Array(Type.String())),
  productIds: nullable(Type.Array(Type.String())),
  batch: Type.Integer({ minimum: 1, maximum: 100 }),
  status: Type.Unsafe<WebhookStatus>({ type: 'string', enum: [...WEBHOOK_STATUSES] }),
  pausedReason: nullable(
    Type.Unsafe<PausedReason>({
      type: 'string',
      enum: [...PAUSED_REASONS],
      description:
        'Null while it is active. `requested`: by a caller. `gone`: the endpoint answered 410. `failing`: no attempt succeeded for five days.',
    }),
  ),
  secret: Type.Optional(
    Type.String({
      description:
        'By which requests are signed, as Standard Webhooks say. It is in the answer to the request that made it, and in no other.',
      examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0cO3m8wV1Wk='],
    }),
  ),
  previousSecretUntil: nullable(
    Type.String({
      ...instant,
      description: 'Until then requests are signed by the secret before, too.',
    }),
  ),
  position: Type.Integer({
    description: 'The position in the log up to which everything that it wants is delivered.',
  }),
  failingSince: nullable(
    Type.String({ ...instant, description: 'Since when no attempt has succeeded.' }),
  ),
  createdAt: Type.String(instant),
  updatedAt: Type.String(instant),
});

export function webhookResource({ subject, origin }: Pick<WebhookPorts, 'subject' | 'origin'>) {
  return declareResource({
    type: `${subject}-webhooks`,
    attributes,
    id: ({ webhook }) => webhook.id,
    view: ({ webhook, progress, secret }: ShownWebhook) => ({
      url: webhook.url,
      eventTypes: webhook.eventTypes,
      productIds: webhook.productIds,
      batch: webhook.batch,
      status: statusOf(webhook),
      pausedReason: webhook.pausedReason,
      ...(secret !== undefined && { secret }),
      previousSecretUntil: webhook.previousSecretUntil,
      position: progress.cursor,
      failingSince: progress.failingSince,
      createdAt: webhook.createdAt,
      updatedAt: webhook.updatedAt,
    }),
    self: ({ webhook }, request) => `${origin(request)}/api/v1/${subject}-webhooks/${webhook.id}`,
    links: ({ webhook }, request) => ({
      deliveries: `${origin(request)}/api/v1/${subject}-webhook-deliveries?filter%5Bwebhook%5D=${webhook.id}`,
    }),
    version: ({ webhook }) => webhook.version,
    state: ({ progress: { cursor, failingSince } }) =>
      failingSince === null ? `${cursor}` : `${cursor}-${Date.parse(failingSince)}`,
  });
}

function statusOf({ pausedReason }: { readonly pausedReason: PausedReason | null }): WebhookStatus {
  return pausedReason === null ? 'active' : 'paused';
}
