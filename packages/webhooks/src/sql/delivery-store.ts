import { setImmediate as nextTurn } from 'node:timers/promises';
import { select, sql, valueList, type SqlReads } from '@anaquel/runtime/sql';
import type { CommitStatements } from '@anaquel/runtime/sql';
import type { DeliveryStore, WebhookVersion, WebhookWithProgress } from '../webhook-store.ts';
import { DELIVERY, JOINED, VERSION, WITH_PROGRESS } from './webhook-columns.ts';
import { toWebhook } from './webhook-lists.ts';
import { saveStatements } from './webhook-statements.ts';

export interface DeliveryStoreOptions {
  readonly reads: SqlReads;
  /** Rejects when another process delivers by now. */
  readonly commit: CommitStatements;
  readonly clock: () => Date;
}

const MAX_REQUESTED = 100;
/** Of one webhook, the newest ones. */
const MAX_KEPT = 1_000;
/** As many as can be looked at while others wait: some milliseconds. */
const WEBHOOKS_A_PRUNING = 50;
const VERSIONS_A_TURN = 500;
const WEBHOOKS_A_TURN = 100;

/** What the process that delivers reads and saves, for as long as it is its turn. */
export function createDeliveryStore(options: DeliveryStoreOptions): DeliveryStore {
  const { reads, commit, clock } = options;
  /** Webhooks that may have too many deliveries; null before the first pruning: all of them. */
  let suspects: Set<string> | null = null;

  async function tooOld(before: string, limit: number): Promise<readonly string[]> {
    const rows = await reads.rows(sql`select id from webhook_deliveries
      where attempt_at < ${before} and status <> 'pending' order by attempt_at limit ${limit}`);
    return rows.map(([id]) => String(id));
  }

  async function tooMany(limit: number): Promise<readonly string[]> {
    suspects ??= new Set(
      (await reads.rows(sql`select id from webhooks`)).map(([id]) => String(id)),
    );
    const ids: string[] = [];
    for (const webhookId of [...suspects].slice(0, WEBHOOKS_A_PRUNING)) {
      const remaining = limit - ids.length;
      if (remaining <= 0) break;
      const rows = await reads.rows(sql`select id from webhook_deliveries
        where webhook_id = ${webhookId} and status <> 'pending'
        order by attempt_at desc, id desc limit ${remaining} offset ${MAX_KEPT}`);
      ids.push(...rows.map(([id]) => String(id)));
      if (rows.length < remaining) suspects.delete(webhookId);
    }
    return ids;
  }

  return {
    position: async () => reads.number(sql`select position from webhook_state`),
    revision: async () => reads.number(sql`select revision from webhook_state`),
    async versions() {
      const all: WebhookVersion[] = [];
      for (let last = ''; ;) {
        const slice = await reads.all(
          select(VERSION)`from ${JOINED} where w.id > ${last}
            order by w.id limit ${VERSIONS_A_TURN}`,
        );
        all.push(...slice);
        if (slice.length < VERSIONS_A_TURN) return all;
        last = slice.at(-1)?.id ?? last;
        await nextTurn();
      }
    },
    async webhooks(ids) {
      const all: WebhookWithProgress[] = [];
      for (let at = 0; at < ids.length; at += WEBHOOKS_A_TURN) {
        if (at > 0) await nextTurn();
        const some = valueList(ids.slice(at, at + WEBHOOKS_A_TURN));
        const found = await reads.all(select(WITH_PROGRESS)`from ${JOINED} where w.id in ${some}`);
        all.push(...found.map(toWebhook));
      }
      return all;
    },
    pendingDeliveries: async (webhookId) =>
      reads.all(select(DELIVERY)`from webhook_deliveries
        where webhook_id = ${webhookId} and status = 'pending' order by id`),
    requestedDeliveries: async () =>
      reads.all(select(DELIVERY)`from webhook_deliveries
        where status = 'pending' and cause <> 'event' order by id limit ${MAX_REQUESTED}`),
    async save(changes) {
      await commit(saveStatements(changes, clock().toISOString()));
      for (const { webhookId } of changes.deliveries) suspects?.add(webhookId);
    },
    async pruneDeliveries(before, limit) {
      const old = await tooOld(before, limit);
      const ids = [...new Set([...old, ...(await tooMany(limit - old.length))])];
      if (ids.length > 0)
        await commit([sql`delete from webhook_deliveries where id in ${valueList(ids)}`]);
      return ids.length;
    },
  };
}
