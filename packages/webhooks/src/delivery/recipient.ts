import type { PausedReason, Webhook, WebhookProgress } from '../webhook.ts';
import type { WebhookWithProgress } from '../webhook-store.ts';
import type { DeliveryWindow } from './window/delivery-window.ts';
import type { EndpointPace } from './sending/endpoint-pace.ts';
import { createEventFilter, type EventFilter } from './reading/matching-event.ts';

/**
 * Where a webhook stands: it shares the reading of the log with others, or reads from its own
 * cursor to come up to it, or ends what is in flight before it begins anew, or is paused or
 * deleted.
 */
export type Phase = 'sharing' | 'catching-up' | 'ending' | 'paused' | 'deleted';

/** Why this process pauses a webhook by itself. */
export type OwnReason = Exclude<PausedReason, 'requested'>;

/** A webhook, and all that this process knows of what it is still to be told. */
export interface Recipient {
  webhook: Webhook;
  filter: EventFilter;
  phase: Phase;
  /** Null until its deliveries of before are read, and while it is paused. */
  window: DeliveryWindow | null;
  pace: EndpointPace;
  /** Where its window begins, or will begin. */
  cursor: number;
  /** What is not beyond it was read before it shared the reading with others. */
  sharesAfter: number;
  replay: number;
  failingSinceMs: number | null;
  /** What the store has of its progress. */
  saved: WebhookProgress;
  /** Why it is paused, as long as the store doesn't know. */
  unsavedPause: OwnReason | null;
  /** Where a caller wants it to go on, as soon as nothing is in flight. */
  replayTo: WebhookProgress | null;
  /**
   * Whether a caller asked for its deliveries, or mended its endpoint, so that no failure of before
   * counts.
   */
  isAskedFor: boolean;
  /** Whether it answered well and soon the last time. */
  isBrisk: boolean;
}

export function createRecipient(
  { webhook, progress }: WebhookWithProgress,
  { position, pace }: { readonly position: number; readonly pace: EndpointPace },
): Recipient {
  const { cursor, behind, replay, failingSince } = progress;
  return {
    webhook,
    filter: createEventFilter(webhook),
    phase: webhook.pausedReason === null ? 'catching-up' : 'paused',
    window: null,
    pace,
    cursor: behind ? cursor : Math.max(cursor, position),
    sharesAfter: 0,
    replay,
    failingSinceMs: failingSince === null ? null : Date.parse(failingSince),
    saved: progress,
    unsavedPause: null,
    replayTo: null,
    isAskedFor: false,
    isBrisk: failingSince === null,
  };
}

/** The end of the contiguous prefix of the log of which it was told everything. */
export function cursorOf({ window, cursor }: Recipient): number {
  return window?.cursor ?? cursor;
}

/** Whether more of the log is to be read for it. */
export function wantsMore({ phase, window, pace }: Recipient): boolean {
  if (phase !== 'catching-up') return false;
  return window?.wantsMore(pace.isDown) ?? true;
}

/**
 * Lets go of its window once nothing is in flight, to go on from its cursor or that of a replay.
 */
export function letGoOfWindow(recipient: Recipient): void {
  const { window, replayTo, webhook } = recipient;
  recipient.cursor = cursorOf(recipient);
  window?.close();
  recipient.window = null;
  if (replayTo) {
    recipient.cursor = replayTo.cursor;
    recipient.replay = replayTo.replay;
    recipient.saved = replayTo;
    recipient.replayTo = null;
    recipient.isAskedFor = true;
  }
  if (recipient.isAskedFor) recipient.failingSinceMs = null;
  recipient.phase = webhook.pausedReason === null ? 'catching-up' : 'paused';
}

/** Takes over what callers changed. True when what is under way is to end first. */
export function applyChange(
  recipient: Recipient,
  { webhook, progress }: WebhookWithProgress,
): boolean {
  const before = recipient.webhook;
  const isReplayed = progress.replay > (recipient.replayTo ?? recipient).replay;
  if (isReplayed) recipient.replayTo = progress;
  if (webhook.version === before.version) return isReplayed;
  // A caller who changed it meanwhile decides whether it is paused.
  recipient.unsavedPause = null;
  recipient.webhook = webhook;
  recipient.filter = createEventFilter(webhook);
  const isMended = mayBeMended(before, webhook, recipient.failingSinceMs);
  recipient.isAskedFor ||= isMended;
  return isReplayed || isMended || rulesOf(before) !== rulesOf(webhook);
}

/** Whether what the endpoint answered says nothing about what it will answer. */
function mayBeMended(before: Webhook, webhook: Webhook, failingSinceMs: number | null): boolean {
  if (before.url !== webhook.url) return true;
  return before.sealedSecret !== webhook.sealedSecret && failingSinceMs !== null;
}

/** What decides which events are sent, and in which form. */
function rulesOf({ eventTypes, productIds, batch, pausedReason }: Webhook): string {
  return JSON.stringify([eventTypes, productIds, batch, pausedReason !== null]);
}
