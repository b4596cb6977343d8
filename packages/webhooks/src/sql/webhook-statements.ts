import { sql, type Sql } from '@anaquel/runtime/sql';
import { MAX_REQUESTED, MAX_WEBHOOKS, type ProgressChange } from '../webhook-register.ts';
import type { DeliveryChanges } from '../webhook-store.ts';
import type { Delivery, Webhook, WebhookProgress } from '../webhook.ts';
import { DELIVERY, WEBHOOK } from './webhook-columns.ts';

// Each change is a list of statements: what one of them finds decides, by its conditions, about
// those that follow. So no transaction waits for the service in between, and a list can be carried
// out in another thread.

/**
 * The first statement of a caller's change. Whatever else changes waits until it has been
 * committed, and sees it.
 */
export const RAISE_REVISION = sql`update webhook_state set revision = revision + 1 where only_row = 1`;

/** The first statement of what changes no webhook: it waits, and lets wait, in the same way. */
export const KEEP_REVISION = sql`update webhook_state set revision = revision where only_row = 1`;

/** Gives a row if it inserted one. */
export function insertWebhook(webhook: Webhook): Sql {
  return sql`insert into webhooks (${WEBHOOK.columns}) select ${WEBHOOK.values(webhook)}
    where (select count(*) from webhooks) < ${MAX_WEBHOOKS}
    on conflict (creation_key) do nothing returning id`;
}

/**
 * It begins at the end of the log, to which the others have come or will come: it is behind only if
 * it is paused.
 */
export function insertProgress({ id, pausedReason }: Webhook, cursor: number): Sql {
  return sql`insert into webhook_progress (webhook_id, cursor, behind, replay, failing_since)
    select id, ${cursor}, ${pausedReason !== null}, 0, null from webhooks where id = ${id}`;
}

/** Gives a row if it updated one. */
export function updateWebhook(webhook: Webhook): Sql {
  return sql`update webhooks set ${WEBHOOK.assignments(webhook)}
    where id = ${webhook.id} and version = ${webhook.version - 1} returning id`;
}

const OWN_CURSOR = sql`case when behind = 1 then cursor
  else (select case when position > cursor then position else cursor end from webhook_state) end`;

/** Before the webhook is updated to this version. */
export function changeProgress(webhook: Webhook, change: ProgressChange): readonly Sql[] {
  const { id, version, updatedAt } = webhook;
  const ofVersion = progressOf(id, version - 1);
  const makeDue = sql`update webhook_deliveries
    set attempt_at = ${updatedAt}, first_attempt_at = ${updatedAt}
    where status = 'pending' and cause = 'event' and ${ofVersion}`;
  switch (change.type) {
    case 'paused':
      return [
        sql`update webhook_progress set cursor = ${OWN_CURSOR}, behind = 1 where ${ofVersion}`,
      ];
    case 'mended':
      return [sql`update webhook_progress set failing_since = null where ${ofVersion}`, makeDue];
    case 'resumed':
      return [
        sql`update webhook_progress set failing_since = null, replay = replay + 1
          where ${ofVersion}`,
        makeDue,
      ];
    case 'replayed':
      return [
        sql`update webhook_progress set cursor = ${change.cursor}, behind = 1,
          failing_since = null, replay = replay + 1 where ${ofVersion}`,
        makeDue,
      ];
  }
}

/** A condition: what belongs to this webhook, if that has this version. */
function progressOf(id: string, version: number): Sql {
  return sql`webhook_id = ${id}
    and exists (select 1 from webhooks where id = ${id} and version = ${version})`;
}

/** The first one gives a row if there was such a webhook. */
export function deleteWebhook(id: string, version: number): readonly Sql[] {
  const isGone = sql`webhook_id = ${id} and not exists (select 1 from webhooks where id = ${id})`;
  return [
    sql`delete from webhooks where id = ${id} and version = ${version} returning id`,
    sql`delete from webhook_progress where ${isGone}`,
    sql`delete from webhook_deliveries where ${isGone}`,
  ];
}

/** Gives a row if it inserted one. */
export function insertRequested(delivery: Delivery): Sql {
  const { webhookId } = delivery;
  return sql`insert into webhook_deliveries (${DELIVERY.columns}) select ${DELIVERY.values(delivery)}
    where exists (select 1 from webhooks where id = ${webhookId})
    and (select count(*) from webhook_deliveries where webhook_id = ${webhookId}
      and status = 'pending' and cause <> 'event') < ${MAX_REQUESTED} returning id`;
}

/** What one round of deliveries has done. `at` is when. */
export function saveStatements(
  { position, progress, deliveries, paused }: DeliveryChanges,
  at: string,
): readonly Sql[] {
  return [
    sql`update webhook_state set position = ${position},
      revision = revision + ${paused.length > 0} where only_row = 1`,
    ...paused.flatMap((each) => pause(each, at)),
    ...progress.map(saveProgress),
    ...deliveries.map(saveDelivery),
  ];
}

/**
 * A paused webhook is behind, whatever is said of it: the others may go on before it is noticed
 * that a caller has paused it, and it stays where it was.
 */
function saveProgress({ webhookId, cursor, behind, replay, failingSince }: WebhookProgress): Sql {
  const place = behind
    ? sql`cursor = ${cursor}, behind = 1`
    : sql`cursor = (select case when position > ${cursor} then position else ${cursor} end
          from webhook_state),
        behind = (select count(*) from webhooks
          where id = ${webhookId} and paused_reason is not null)`;
  return sql`update webhook_progress set ${place}, failing_since = ${failingSince}
    where webhook_id = ${webhookId} and replay = ${replay}`;
}

function saveDelivery(delivery: Delivery): Sql {
  return sql`insert into webhook_deliveries (${DELIVERY.columns}) select ${DELIVERY.values(delivery)}
    where exists (select 1 from webhooks where id = ${delivery.webhookId})
    on conflict (id) do update set ${DELIVERY.excluded}`;
}

/** It stays where it has come to by now, however far the others go. */
function pause(
  { webhookId, version, reason }: DeliveryChanges['paused'][number],
  at: string,
): readonly Sql[] {
  return [
    sql`update webhook_progress set cursor = ${OWN_CURSOR}, behind = 1
      where ${progressOf(webhookId, version)}`,
    sql`update webhooks set paused_reason = ${reason}, version = version + 1, updated_at = ${at}
      where id = ${webhookId} and version = ${version}`,
  ];
}
