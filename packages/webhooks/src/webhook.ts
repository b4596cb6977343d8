/** Why a webhook is paused: by a caller, by an answer 410, or after days of failures. */
export type PausedReason = 'requested' | 'gone' | 'failing';

/** An address that is told of the events of one log. */
export interface Webhook {
  /** UUID, time-ordered. */
  readonly id: string;
  /** Absolute, `https:` unless private addresses are allowed, without user info or fragment. */
  readonly url: string;
  /** Null for all types. */
  readonly eventTypes: readonly string[] | null;
  /** Null for all products. An event matches when it is about one of them. */
  readonly productIds: readonly string[] | null;
  /** The greatest number of events in one request, 1 to 100. */
  readonly batch: number;
  readonly pausedReason: PausedReason | null;
  /** `whsec_…`, sealed. */
  readonly sealedSecret: string;
  /** The secret before it was rotated; it signs too until `previousSecretUntil`. */
  readonly sealedPreviousSecret: string | null;
  readonly previousSecretUntil: string | null;
  /** Grows with every change of the above, and makes the ETag. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** A digest of the idempotency key that made it, and of whose key it was; null for none. */
  readonly creationKey: string | null;
  /** A digest of the request that made it. */
  readonly creationFingerprint: string | null;
}

/** How far the deliveries to a webhook have come. */
export interface WebhookProgress {
  readonly webhookId: string;
  /**
   * The end of the contiguous prefix of the log of which everything is delivered. While `behind` is
   * false it is at least the position that all share, see `DeliveryState.position`.
   */
  readonly cursor: number;
  /** Whether something after `cursor` waits to be delivered. */
  readonly behind: boolean;
  /** Counts the replays that callers asked for: progress of an earlier number is not saved. */
  readonly replay: number;
  /**
   * Since when no attempt has succeeded; null while the last one did, and after a paused webhook
   * was resumed.
   */
  readonly failingSince: string | null;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';
/** What asked for a delivery: an event of the log, a caller's test, or a caller who repeats one. */
export type DeliveryCause = 'event' | 'test' | 'repeat';

/** One attempt to hand one request to a webhook. */
export interface Delivery {
  /** UUID, time-ordered. */
  readonly id: string;
  readonly webhookId: string;
  readonly cause: DeliveryCause;
  /** The id of the delivery that it repeats; null unless `cause` is `repeat`. */
  readonly repeats: string | null;
  /** The id of the event, or of the first one of a batch. */
  readonly eventId: string;
  readonly eventType: string;
  /** How many events are in it, and the orders of the first and the last; null for a test. */
  readonly eventCount: number;
  readonly firstOrder: string | null;
  readonly lastOrder: string | null;
  /** From 1: which attempt it is to deliver the same request. */
  readonly attempt: number;
  /** `pending` waits for its instant `attemptAt`, or for its answer. */
  readonly status: DeliveryStatus;
  readonly attemptAt: string;
  /** When the same request was tried first. */
  readonly firstAttemptAt: string;
  readonly responseStatus: number | null;
  readonly durationMs: number | null;
  /**
   * A {@link Failure}, or the sentence of an earlier release; null unless `status` is `failed`.
   */
  readonly failure: string | null;
  /** The first 1,024 bytes of each, as text. */
  readonly requestBody: string | null;
  readonly responseBody: string | null;
}
