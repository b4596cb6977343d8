import { column, flag, pairOf, rowCodec, sql, type Column } from '@anaquel/runtime/sql';
import type { WebhookVersion } from '../webhook-store.ts';
import type { Delivery, Webhook, WebhookProgress } from '../webhook.ts';

/** A list of texts as JSON; null where there is none. */
function textList(name: string): Column<readonly string[] | null> {
  return {
    name,
    convert: {
      // Nobody but this column writes it.
      read: (stored) => (stored === null ? null : (JSON.parse(String(stored)) as string[])),
      write: (value) => value && JSON.stringify(value),
    },
  };
}

export const WEBHOOK = rowCodec<Webhook>({
  id: column('id'),
  url: column('url'),
  eventTypes: textList('event_types'),
  productIds: textList('product_ids'),
  batch: column('batch'),
  pausedReason: column('paused_reason'),
  sealedSecret: column('sealed_secret'),
  sealedPreviousSecret: column('sealed_previous_secret'),
  previousSecretUntil: column('previous_secret_until'),
  version: column('version'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
  creationKey: column('creation_key'),
  creationFingerprint: column('creation_fingerprint'),
});

export const DELIVERY = rowCodec<Delivery>({
  id: column('id'),
  webhookId: column('webhook_id'),
  cause: column('cause'),
  repeats: column('repeats'),
  eventId: column('event_id'),
  eventType: column('event_type'),
  eventCount: column('event_count'),
  firstOrder: column('first_order'),
  lastOrder: column('last_order'),
  attempt: column('attempt'),
  status: column('status'),
  attemptAt: column('attempt_at'),
  firstAttemptAt: column('first_attempt_at'),
  responseStatus: column('response_status'),
  durationMs: column('duration_ms'),
  failure: column('failure'),
  requestBody: column('request_body'),
  responseBody: column('response_body'),
});

/** Where a webhook has come to: while it is not behind, at least to where all have. */
const CURSOR = sql`case when p.behind = 0 and p.cursor < s.position then s.position else p.cursor end`;

/** A webhook with its progress, of the tables {@link JOINED}. */
export const WITH_PROGRESS = pairOf(
  WEBHOOK.of('w'),
  rowCodec<WebhookProgress>({
    webhookId: column('p.webhook_id'),
    cursor: column(CURSOR.text),
    behind: flag('p.behind'),
    replay: column('p.replay'),
    failingSince: column('p.failing_since'),
  }),
);

export const VERSION = rowCodec<WebhookVersion>({
  id: column('w.id'),
  version: column('w.version'),
  replay: column('p.replay'),
});

export const JOINED = sql`webhooks w join webhook_progress p on p.webhook_id = w.id
  join webhook_state s on s.only_row = 1`;
