import type { Delivery, Webhook, WebhookProgress } from './webhook.ts';

/**
 * What the one process that delivers has to know when it begins, and what it saves. Both happen at
 * most once a second, whatever the number of webhooks and events.
 */
export interface DeliveryStore {
  /** Where all webhooks that are not `behind` have come to. */
  position(): Promise<number>;
  /**
   * Grows with every change of a webhook and every replay, by whichever replica. Not with a
   * delivery that a caller asks for: those are looked for anyway.
   */
  revision(): Promise<number>;
  /** Of all webhooks, paused ones too, at most 10,000: what tells whether they were changed. */
  versions(): Promise<readonly WebhookVersion[]>;
  /** Those that still exist, in no order. */
  webhooks(ids: readonly string[]): Promise<readonly WebhookWithProgress[]>;
  /** Deliveries that were `pending` when the process before ended, oldest first. */
  pendingDeliveries(webhookId: string): Promise<readonly Delivery[]>;
  /** What callers asked for: `pending`, of cause `test` or `repeat`, oldest first, at most 100. */
  requestedDeliveries(): Promise<readonly Delivery[]>;
  /**
   * In one transaction. A webhook's progress is not saved if it was deleted or if its `replay`
   * differs. Fails when another process delivers by now.
   */
  save(changes: DeliveryChanges): Promise<void>;
  /** Deletes at most `limit` deliveries that are older, or beyond the newest 1,000 of a webhook. */
  pruneDeliveries(before: string, limit: number): Promise<number>;
}

/** Which changes of a webhook are made: each raises one of the numbers. */
export interface WebhookVersion {
  readonly id: string;
  readonly version: number;
  readonly replay: number;
}

export interface WebhookWithProgress {
  readonly webhook: Webhook;
  readonly progress: WebhookProgress;
}

export interface DeliveryChanges {
  readonly position: number;
  readonly progress: readonly WebhookProgress[];
  /** Inserted, or replaced where the id is known. */
  readonly deliveries: readonly Delivery[];
  /** Not those that have another version by now: a caller changed them. */
  readonly paused: readonly {
    readonly webhookId: string;
    readonly version: number;
    readonly reason: 'gone' | 'failing';
  }[];
}
