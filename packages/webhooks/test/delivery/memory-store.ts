import type { DeliveryChanges, DeliveryStore } from '../../src/webhook-store.ts';
import type { Delivery, Webhook, WebhookProgress } from '../../src/webhook.ts';

/** A store as the port has it, in memory, that counts and keeps what was saved. */
export interface MemoryStore extends DeliveryStore {
  readonly saves: DeliveryChanges[];
  readonly deliveries: Map<string, Delivery>;
  /** While it is not null, saves fail with it. */
  failure: Error | null;
  /** What else happens just before a save. */
  beforeSave: (() => void) | null;
  /** How often it was asked what changed. */
  readonly looks: number;
  add(webhook: Partial<Webhook> & { readonly id: string }, cursor?: number, behind?: boolean): void;
  change(id: string, change: Partial<Webhook>): void;
  replay(id: string, cursor: number): void;
  remove(id: string): void;
  request(delivery: Delivery): void;
  webhook(id: string): Webhook;
  progress(id: string): WebhookProgress;
  readonly savedPosition: number;
}

const AT = '2026-03-01T12:00:00.000Z';

export function createMemoryStore(): MemoryStore {
  const webhooks = new Map<string, Webhook>();
  const progresses = new Map<string, WebhookProgress>();
  const deliveries = new Map<string, Delivery>();
  const saves: DeliveryChanges[] = [];
  let position = 0;
  let revision = 0;
  let looks = 0;

  function webhookOf(id: string): Webhook {
    const webhook = webhooks.get(id);
    if (!webhook) throw new Error(`there is no webhook ${id}`);
    return webhook;
  }

  function progressOf(id: string): WebhookProgress {
    const progress = progresses.get(id);
    if (!progress) throw new Error(`there is no webhook ${id}`);
    return progress;
  }

  function change(id: string, changed: Partial<Webhook>): void {
    const before = webhookOf(id);
    const webhook = { ...before, ...changed, version: before.version + 1 };
    webhooks.set(id, webhook);
    const progress = progressOf(id);
    if (before.pausedReason !== null && webhook.pausedReason === null)
      progresses.set(id, { ...progress, failingSince: null, replay: progress.replay + 1 });
    if (before.pausedReason === null && webhook.pausedReason !== null) {
      const cursor = progress.behind ? progress.cursor : Math.max(progress.cursor, position);
      progresses.set(id, { ...progress, behind: true, cursor });
    }
    revision += 1;
  }

  const store: MemoryStore = {
    saves,
    deliveries,
    failure: null,
    beforeSave: null,
    get looks() {
      return looks;
    },
    get savedPosition() {
      return position;
    },
    position: async () => position,
    async revision() {
      looks += 1;
      return revision;
    },
    versions: async () =>
      [...webhooks.values()].map(({ id, version }) => ({
        id,
        version,
        replay: progressOf(id).replay,
      })),
    webhooks: async (ids) =>
      ids.flatMap((id) => {
        const webhook = webhooks.get(id);
        return webhook ? [{ webhook, progress: progressOf(id) }] : [];
      }),
    pendingDeliveries: async (webhookId) =>
      [...deliveries.values()].filter(
        (delivery) => delivery.webhookId === webhookId && delivery.status === 'pending',
      ),
    requestedDeliveries: async () =>
      [...deliveries.values()].filter(
        ({ cause, status }) => cause !== 'event' && status === 'pending',
      ),
    async save(changes) {
      store.beforeSave?.();
      if (store.failure) throw store.failure;
      saves.push(changes);
      position = changes.position;
      for (const progress of changes.progress) {
        const { webhookId, replay, behind } = progress;
        if (progresses.get(webhookId)?.replay !== replay) continue;
        const isPaused = webhooks.get(webhookId)?.pausedReason !== null;
        progresses.set(webhookId, { ...progress, behind: behind || isPaused });
      }
      for (const delivery of changes.deliveries)
        if (webhooks.has(delivery.webhookId)) deliveries.set(delivery.id, delivery);
      for (const { webhookId, version, reason } of changes.paused)
        if (webhooks.get(webhookId)?.version === version)
          change(webhookId, { pausedReason: reason });
    },
    pruneDeliveries: async () => 0,
    add({ id, ...webhook }, cursor = 0, behind = true) {
      webhooks.set(id, {
        id,
        url: `https://${id}.example/events`,
        eventTypes: null,
        productIds: null,
        batch: 1,
        pausedReason: null,
        sealedSecret: '',
        sealedPreviousSecret: null,
        previousSecretUntil: null,
        version: 1,
        createdAt: AT,
        updatedAt: AT,
        creationKey: null,
        creationFingerprint: null,
        ...webhook,
      });
      progresses.set(id, { webhookId: id, cursor, behind, replay: 0, failingSince: null });
      revision += 1;
    },
    change,
    replay(id, cursor) {
      const { replay } = progressOf(id);
      const progress = { webhookId: id, cursor, behind: true, replay: replay + 1 };
      progresses.set(id, { ...progress, failingSince: null });
      change(id, {});
    },
    remove(id) {
      webhooks.delete(id);
      progresses.delete(id);
      for (const delivery of deliveries.values())
        if (delivery.webhookId === id) deliveries.delete(delivery.id);
      revision += 1;
    },
    request(delivery) {
      deliveries.set(delivery.id, delivery);
    },
    webhook: webhookOf,
    progress: progressOf,
  };
  return store;
}
