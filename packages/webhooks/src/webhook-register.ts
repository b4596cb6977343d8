import type { FilterOf, ListPage, ListRequest } from '@anaquel/jsonapi';
import type { Delivery, DeliveryCause, DeliveryStatus, PausedReason, Webhook } from './webhook.ts';
import type { WebhookWithProgress } from './webhook-store.ts';

export type WebhookStatus = 'active' | 'paused';

export interface WebhookFilters {
  url: string;
  status: WebhookStatus;
  pausedReason: PausedReason;
  createdAt: string;
  updatedAt: string;
}

export type WebhookSort = 'createdAt' | 'updatedAt';
export type WebhookListRequest = ListRequest<FilterOf<WebhookFilters>, WebhookSort>;

export interface DeliveryFilters {
  webhook: string;
  status: DeliveryStatus;
  cause: DeliveryCause;
}

export type DeliverySort = 'attemptAt';
export type DeliveryListRequest = ListRequest<FilterOf<DeliveryFilters>, DeliverySort>;

/** What becomes of a webhook's progress when a caller changes the webhook. */
export type ProgressChange =
  /** It stays where it has come to, however far the others go. */
  | { readonly type: 'paused' }
  /** Its failures are forgotten: what waits for its time is due now. */
  | { readonly type: 'mended' }
  /** Its failures are forgotten, and so is progress from before. */
  | { readonly type: 'resumed' }
  /** It goes back to this position, and on from there. */
  | { readonly type: 'replayed'; readonly cursor: number };

/**
 * The webhooks of a service and their deliveries, as its API reads and changes them. Changes
 * reject with an error whose `statusCode` is 503 when nothing can be written, and with
 * `CommitOutcomeUnknownError` when it is unknown whether something was.
 */
export interface WebhookRegister {
  webhook(id: string): Promise<WebhookWithProgress | null>;
  /** At most 100, in no order; those that don't exist are missing. */
  webhooksById(ids: readonly string[]): Promise<readonly WebhookWithProgress[]>;
  webhooks(request: WebhookListRequest): Promise<ListPage<WebhookWithProgress>>;
  /** The one that was made by this key. */
  webhookMadeBy(creationKey: string): Promise<WebhookWithProgress | null>;
  /**
   * Adds one that begins after the position `cursor`; false when there are 10,000 already, or one
   * that was made by the same key.
   */
  add(webhook: Webhook, cursor: number): Promise<boolean>;
  /**
   * Saves a webhook over the version before; false when that is not what is saved now. Progress
   * from before a webhook was resumed or replayed is not saved any more.
   */
  change(webhook: Webhook, progress: readonly ProgressChange[]): Promise<boolean>;
  /** Deletes this version with all that is known of its deliveries; false when there is none. */
  remove(id: string, version: number): Promise<boolean>;
  delivery(id: string): Promise<Delivery | null>;
  /** At most 100, in no order. */
  deliveriesById(ids: readonly string[]): Promise<readonly Delivery[]>;
  deliveries(request: DeliveryListRequest): Promise<ListPage<Delivery>>;
  /**
   * Adds one that a caller asks for; false when its webhook doesn't exist any more, or has 100 of
   * them that wait.
   */
  request(delivery: Delivery): Promise<boolean>;
}

export const MAX_WEBHOOKS = 10_000;
/** That callers asked for and that wait, of one webhook. */
export const MAX_REQUESTED = 100;
