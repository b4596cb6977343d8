import { LeaseLostError } from '@anaquel/runtime/postgres';
import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, DeliveryStore, Webhook } from '../src/index.ts';
import { MAX_REQUESTED, type WebhookListRequest } from '../src/webhook-register.ts';
import { NOW, openPostgresStores, openSqliteStores, type TestStores } from './stores.ts';

let made = 0;

function newWebhook(more: Partial<Webhook> = {}): Webhook {
  made += 1;
  return {
    id: `webhook ${String(made).padStart(6, '0')}`,
    url: `https://example.com/hooks/${made}`,
    eventTypes: null,
    productIds: null,
    batch: 1,
    pausedReason: null,
    sealedSecret: 'sealed',
    sealedPreviousSecret: null,
    previousSecretUntil: null,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    creationKey: null,
    creationFingerprint: null,
    ...more,
  };
}

function newDelivery(webhookId: string, more: Partial<Delivery> = {}): Delivery {
  made += 1;
  return {
    id: `delivery ${String(made).padStart(6, '0')}`,
    webhookId,
    cause: 'event',
    repeats: null,
    eventId: 'inventory/5',
    eventType: 'stock.sold',
    eventCount: 1,
    firstOrder: '5.1',
    lastOrder: '5.1',
    attempt: 1,
    status: 'pending',
    attemptAt: NOW,
    firstAttemptAt: NOW,
    responseStatus: null,
    durationMs: null,
    failure: null,
    requestBody: null,
    responseBody: null,
    ...more,
  };
}

const NOTHING = { progress: [], deliveries: [], paused: [] };
const FIRST_PAGE = { style: 'number', number: 1, size: 100 } as const;
const ALL: WebhookListRequest = { filters: [], sort: [], page: FIRST_PAGE };
const NEWEST = [{ field: 'attemptAt', descending: true }] as const;

function listContract(stores: () => TestStores): void {
  test('lists webhooks by their filters, in order, and counts all', async () => {
    const { register } = stores();
    const [one, two, three] = [
      newWebhook({ url: 'https://one.example/', updatedAt: '2026-11-29T12:00:00.000Z' }),
      newWebhook({ url: 'https://two.example/', pausedReason: 'gone' }),
      newWebhook({ url: 'https://three.example/', updatedAt: '2026-11-29T11:00:00.000Z' }),
    ];
    for (const each of [one, two, three]) expect(await register.add(each, 0)).toBe(true);
    const idsOf = async (request: Partial<WebhookListRequest>) => {
      const { items, total } = await register.webhooks({ ...ALL, ...request });
      return { ids: items.map(({ webhook }) => webhook.id), total };
    };
    expect(await idsOf({ sort: [{ field: 'createdAt', descending: true }] })).toEqual({
      ids: [three.id, two.id, one.id],
      total: 3,
    });
    expect(await idsOf({ sort: [{ field: 'updatedAt', descending: true }] })).toEqual({
      ids: [one.id, three.id, two.id],
      total: 3,
    });
    const paused = { field: 'status', operator: 'eq', value: 'paused' } as const;
    expect(await idsOf({ filters: [paused] })).toEqual({ ids: [two.id], total: 1 });
    const url = { field: 'url', operator: 'contains', value: '//t' } as const;
    expect(await idsOf({ filters: [url] })).toEqual({ ids: [two.id, three.id], total: 2 });
    const page = { style: 'cursor', size: 1, before: null, after: [one.id, one.id] } as const;
    expect(await idsOf({ sort: [{ field: 'createdAt', descending: false }], page })).toEqual({
      ids: [two.id],
      total: 3,
    });
  });

  test('lists deliveries of one webhook or of all, newest first', async () => {
    const { register, deliveries } = stores();
    const [one, two] = [newWebhook(), newWebhook()];
    for (const each of [one, two]) await register.add(each, 0);
    const at = (minute: number) => `2026-11-29T10:0${minute}:00.000Z`;
    const all = [
      newDelivery(one.id, { attemptAt: at(3), status: 'delivered' }),
      newDelivery(two.id, { attemptAt: at(2), status: 'failed' }),
      newDelivery(one.id, { attemptAt: at(1), status: 'failed' }),
    ];
    await deliveries.save({ ...NOTHING, position: 0, deliveries: all });
    const idsOf = async (filters: Parameters<typeof register.deliveries>[0]['filters']) => {
      const page = await register.deliveries({ filters, sort: NEWEST, page: FIRST_PAGE });
      return page.items.map(({ id }) => all.findIndex((each) => each.id === id));
    };
    const ofOne = { field: 'webhook', operator: 'eq', value: one.id } as const;
    const failed = { field: 'status', operator: 'eq', value: 'failed' } as const;
    expect(await idsOf([])).toEqual([0, 1, 2]);
    expect(await idsOf([ofOne])).toEqual([0, 2]);
    expect(await idsOf([failed])).toEqual([1, 2]);
    expect(await idsOf([ofOne, failed])).toEqual([2]);
    expect(await register.delivery(all[1]?.id ?? '')).toEqual(all[1]);
  });
}

function registerContract(stores: () => TestStores): void {
  test('all webhooks are read, however many turns that takes', async () => {
    const { register, deliveries } = stores();
    const many = Array.from({ length: 501 }, () => newWebhook());
    for (const webhook of many) await register.add(webhook, 0);
    const ids = many.map(({ id }) => id);
    const versions = await deliveries.versions();
    expect(versions).toEqual(ids.map((id) => ({ id, version: 1, replay: 0 })));
    const read = await deliveries.webhooks([...ids, 'none']);
    expect(read.map(({ webhook }) => webhook.id).toSorted()).toEqual(ids);
  });

  test('a webhook is kept as it is given and begins after its position', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook({
      eventTypes: ['stock.sold'],
      productIds: ['7', '8'],
      batch: 50,
      sealedPreviousSecret: 'older',
      previousSecretUntil: NOW,
    });
    const revision = await deliveries.revision();
    expect(await register.add(webhook, 41)).toBe(true);
    const progress = {
      webhookId: webhook.id,
      cursor: 41,
      behind: false,
      replay: 0,
      failingSince: null,
    };
    expect(await register.webhook(webhook.id)).toEqual({ webhook, progress });
    expect(await register.webhooksById([webhook.id, 'none'])).toEqual([{ webhook, progress }]);
    expect(await deliveries.webhooks([webhook.id])).toEqual([{ webhook, progress }]);
    expect(await deliveries.revision()).toBeGreaterThan(revision);
    expect(await register.webhook('none')).toBeNull();
  });

  test('only the version that was read is changed, or deleted with its deliveries', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 0);
    const changed = { ...webhook, batch: 7, version: 2 };
    expect(await register.change(changed, [])).toBe(true);
    const replay = { type: 'replayed', cursor: 3 } as const;
    expect(await register.change({ ...webhook, batch: 8, version: 2 }, [replay])).toBe(false);
    const kept = await register.webhook(webhook.id);
    expect(kept?.webhook).toEqual(changed);
    expect(kept?.progress.replay).toBe(0);
    const delivery = newDelivery(webhook.id);
    await deliveries.save({ ...NOTHING, position: 0, deliveries: [delivery] });
    expect(await register.remove(webhook.id, 1)).toBe(false);
    expect(await register.delivery(delivery.id)).not.toBeNull();
    expect(await register.remove(webhook.id, 2)).toBe(true);
    expect(await register.webhook(webhook.id)).toBeNull();
    expect(await register.delivery(delivery.id)).toBeNull();
    expect(await register.remove(webhook.id, 2)).toBe(false);
  });

  test('a delivery is asked for at most 100 times before one is done', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 0);
    const revision = await deliveries.revision();
    const ask = () => register.request(newDelivery(webhook.id, { cause: 'test' }));
    const together = await Promise.all(Array.from({ length: MAX_REQUESTED + 5 }, ask));
    expect(together.filter(Boolean)).toHaveLength(MAX_REQUESTED);
    expect(await ask()).toBe(false);
    // Nobody has to read all webhooks again for it.
    expect(await deliveries.revision()).toBe(revision);
    const [first] = await deliveries.requestedDeliveries();
    if (first === undefined) throw new Error('Nothing was asked for');
    await deliveries.save({
      ...NOTHING,
      position: 0,
      deliveries: [{ ...first, status: 'failed' }],
    });
    expect(await ask()).toBe(true);
    expect(await register.request(newDelivery('none', { cause: 'test' }))).toBe(false);
    await register.remove(webhook.id, 1);
    expect(await deliveries.requestedDeliveries()).toEqual([]);
  });
}

function progressContract(stores: () => TestStores): void {
  const progressOf = async (id: string) => (await stores().register.webhook(id))?.progress;

  test('whoever is not behind has come to where all have', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 5);
    const progress = {
      webhookId: webhook.id,
      cursor: 9,
      behind: false,
      replay: 0,
      failingSince: null,
    };
    await deliveries.save({ ...NOTHING, position: 9, progress: [progress] });
    await deliveries.save({ ...NOTHING, position: 30 });
    expect(await deliveries.position()).toBe(30);
    expect(await progressOf(webhook.id)).toEqual({ ...progress, cursor: 30 });
  });

  test('a paused one stays where it is, and its failures are forgotten when it is resumed', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 5);
    const progress = {
      webhookId: webhook.id,
      cursor: 40,
      behind: false,
      replay: 0,
      failingSince: NOW,
    };
    await deliveries.save({ ...NOTHING, position: 40, progress: [progress] });
    const paused = { ...webhook, pausedReason: 'requested', version: 2 } as const;
    await register.change(paused, [{ type: 'paused' }]);
    await deliveries.save({ ...NOTHING, position: 60 });
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 40, behind: true });
    await register.change({ ...webhook, version: 3 }, [{ type: 'resumed' }]);
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 40, failingSince: null });
  });

  test('one that is made begins with the others, or waits alone if it is made paused', async () => {
    const { register, deliveries } = stores();
    const [webhook, paused] = [newWebhook(), newWebhook({ pausedReason: 'requested' })];
    await deliveries.save({ ...NOTHING, position: 0 });
    for (const each of [webhook, paused]) await register.add(each, 5);
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 5, behind: false });
    await deliveries.save({ ...NOTHING, position: 30 });
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 30, behind: false });
    expect(await progressOf(paused.id)).toMatchObject({ cursor: 5, behind: true });
  });

  test('one that is paused is behind, also when whoever delivers has not noticed it', async () => {
    const { register, deliveries } = stores();
    const [webhook, failing] = [newWebhook(), newWebhook()];
    for (const each of [webhook, failing]) await register.add(each, 5);
    const progress = { cursor: 9, behind: false, replay: 0, failingSince: null };
    const both = [webhook, failing].map(({ id }) => ({ webhookId: id, ...progress }));
    await register.change({ ...webhook, pausedReason: 'requested', version: 2 }, [
      { type: 'paused' },
    ]);
    const paused = [{ webhookId: failing.id, version: 1, reason: 'failing' }] as const;
    await deliveries.save({ ...NOTHING, position: 9, progress: both, paused });
    await deliveries.save({ ...NOTHING, position: 30 });
    for (const { id } of [webhook, failing])
      expect(await progressOf(id)).toMatchObject({ cursor: 9, behind: true });
    await register.change({ ...webhook, version: 3 }, [{ type: 'resumed' }]);
    await deliveries.save({ ...NOTHING, position: 40, progress: both });
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 9, behind: true });
  });

  test.each([{ type: 'mended' }, { type: 'resumed' }, { type: 'replayed', cursor: 2 }] as const)(
    'what waits is due at once after it was $type',
    async (change) => {
      const { register, deliveries } = stores();
      const [webhook, other] = [newWebhook(), newWebhook()];
      const later = '2030-01-01T00:00:00.000Z';
      for (const each of [webhook, other]) await register.add(each, 5);
      await deliveries.save({
        ...NOTHING,
        position: 9,
        progress: [
          { webhookId: webhook.id, cursor: 5, behind: true, replay: 0, failingSince: NOW },
        ],
        deliveries: [webhook, other].map(({ id }) => newDelivery(id, { attemptAt: later })),
      });
      const at = '2026-03-02T12:00:00.000Z';
      await register.change({ ...webhook, version: 2, updatedAt: at }, [change]);
      const [pending] = await deliveries.pendingDeliveries(webhook.id);
      expect(pending).toMatchObject({ attemptAt: at, firstAttemptAt: at, attempt: 1 });
      const [ofOther] = await deliveries.pendingDeliveries(other.id);
      expect(ofOther?.attemptAt).toBe(later);
    },
  );

  test('progress from before a replay is not saved', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 50);
    await register.change({ ...webhook, version: 2 }, [{ type: 'replayed', cursor: 2 }]);
    const progress = {
      webhookId: webhook.id,
      cursor: 60,
      behind: false,
      replay: 0,
      failingSince: null,
    };
    await deliveries.save({ ...NOTHING, position: 60, progress: [progress] });
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 2, behind: true, replay: 1 });
    await deliveries.save({ ...NOTHING, position: 60, progress: [{ ...progress, replay: 1 }] });
    expect(await progressOf(webhook.id)).toMatchObject({ cursor: 60, behind: false });
  });

  test('a failing one is paused, but not one that was changed meanwhile', async () => {
    const { register, deliveries } = stores();
    const [failing, changed] = [newWebhook(), newWebhook()];
    for (const each of [failing, changed]) await register.add(each, 1);
    await register.change({ ...changed, url: 'https://other.example/', version: 2 }, []);
    const revision = await deliveries.revision();
    const paused = [failing, changed].map(({ id }) => {
      return { webhookId: id, version: 1, reason: 'gone' } as const;
    });
    await deliveries.save({ ...NOTHING, position: 1, paused });
    const { webhook } = (await register.webhook(failing.id)) ?? {};
    expect(webhook).toMatchObject({ pausedReason: 'gone', version: 2, updatedAt: NOW });
    expect((await register.webhook(changed.id))?.webhook.pausedReason).toBeNull();
    expect(await deliveries.revision()).toBeGreaterThan(revision);
  });

  test('deliveries are inserted, replaced, and forgotten with their webhook', async () => {
    const { register, deliveries } = stores();
    const webhook = newWebhook();
    await register.add(webhook, 0);
    const [one, two] = [newDelivery(webhook.id), newDelivery(webhook.id)];
    const lost = newDelivery('none');
    await deliveries.save({ ...NOTHING, position: 0, deliveries: [one, two, lost] });
    expect(await deliveries.pendingDeliveries(webhook.id)).toEqual([one, two]);
    const done: Delivery = {
      ...one,
      status: 'delivered',
      responseStatus: 204,
      durationMs: 12,
      requestBody: '{"id":"ñ"}',
      responseBody: '',
    };
    await deliveries.save({ ...NOTHING, position: 0, deliveries: [done] });
    expect(await deliveries.pendingDeliveries(webhook.id)).toEqual([two]);
    expect(await register.delivery(one.id)).toEqual(done);
    expect(await register.delivery(lost.id)).toBeNull();
  });
}

async function saveMany(deliveries: DeliveryStore, many: readonly Delivery[]): Promise<void> {
  await deliveries.save({ ...NOTHING, position: 0, deliveries: many });
}

function pruningContract(stores: () => TestStores): void {
  test('what is old goes, and what is beyond the newest 1,000 of a webhook; nothing that waits', async () => {
    const { register, deliveries } = stores();
    const [busy, idle] = [newWebhook(), newWebhook()];
    for (const each of [busy, idle]) await register.add(each, 0);
    const second = (count: number) => new Date(Date.parse(NOW) + count * 1_000).toISOString();
    const many = Array.from({ length: 1_010 }, (_, count) =>
      newDelivery(busy.id, {
        attemptAt: second(count),
        status: count === 5 ? 'pending' : 'failed',
      }),
    );
    const old = newDelivery(idle.id, { attemptAt: second(-9), status: 'delivered' });
    const waiting = newDelivery(idle.id, { attemptAt: second(-9) });
    await saveMany(deliveries, [...many, old, waiting]);
    const before = second(-5);
    let pruned = 0;
    for (let round = 0; round < 20; round += 1)
      pruned += await deliveries.pruneDeliveries(before, 4);
    expect(pruned).toBe(10);
    const isThere = async ({ id }: Delivery) => (await register.delivery(id)) !== null;
    expect(await Promise.all([old, waiting].map(isThere))).toEqual([false, true]);
    const first = await Promise.all(many.slice(0, 11).map(isThere));
    expect(first.filter(Boolean)).toHaveLength(2);
    expect(first[5]).toBe(true);
    await saveMany(deliveries, [
      newDelivery(busy.id, { attemptAt: second(2_000), status: 'failed' }),
    ]);
    expect(await deliveries.pruneDeliveries(before, 4)).toBe(1);
    expect(await deliveries.pruneDeliveries(before, 4)).toBe(0);
  });
}

function contract(open: () => Promise<TestStores>): void {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await open();
  });
  afterEach(async () => {
    for (const { id, version } of await stores.deliveries.versions())
      await stores.register.remove(id, version);
  });
  afterAll(() => stores?.close());
  listContract(() => stores);
  registerContract(() => stores);
  progressContract(() => stores);
  pruningContract(() => stores);
}

describe('webhooks on SQLite', () => contract(openSqliteStores));

describe.skipIf(!hasPostgres)('webhooks on PostgreSQL', () => {
  contract(openPostgresStores);

  test('a process whose turn is over saves nothing', async () => {
    const { register, deliveries, takeOver, close } = await openPostgresStores();
    const webhook = newWebhook();
    await register.add(webhook, 0);
    const next = await takeOver();
    await expect(deliveries.save({ ...NOTHING, position: 7 })).rejects.toThrow(LeaseLostError);
    expect(await next.position()).toBe(0);
    await next.save({ ...NOTHING, position: 8 });
    expect(await next.position()).toBe(8);
    await close();
  });
});
