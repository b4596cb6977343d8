import type { Clock } from '@anaquel/runtime';
import type { DeliveryChanges, DeliveryStore } from '../webhook-store.ts';
import type { WebhookProgress } from '../webhook.ts';
import { cursorOf, type Recipient } from './recipient.ts';
import type { UnsavedDeliveries } from './unsaved-deliveries.ts';

export interface SavingOptions {
  readonly store: Pick<DeliveryStore, 'save'>;
  readonly clock: Clock;
  readonly unsaved: UnsavedDeliveries;
  readonly recipients: { readonly all: Iterable<Recipient> };
  /** What all that share the reading of the log have read. */
  readonly reading: { readonly position: number };
  /** What the store has. */
  readonly position: number;
}

/** Saves what changed since the last time, in one transaction. */
export interface Saving {
  /**
   * Gives the number of deliveries that it saved. Where only the position moved it writes now and
   * then: nothing is repeated for it.
   */
  save(options?: { readonly isLast: boolean }): Promise<number>;
}

/** Whose oldest event waits longer is behind, and holds up nobody's position. */
const PROMPT_MS = 1_000;
/** To read so many entries again costs little. */
const ENTRIES_NOT_WORTH_A_WRITE = 10_000;

export function createSaving(options: SavingOptions): Saving {
  const { store, clock, unsaved, recipients, reading } = options;
  let { position: savedPosition } = options;

  function progressOf(recipient: Recipient, nowMs: number): WebhookProgress {
    const { webhook, window, phase, replay, failingSinceMs } = recipient;
    if (phase === 'sharing') window?.reach(reading.position);
    const cursor = cursorOf(recipient);
    const waitsSinceMs = window?.oldestTakenAtMs ?? nowMs;
    const isPrompt = phase === 'sharing' && nowMs - waitsSinceMs < PROMPT_MS;
    return {
      webhookId: webhook.id,
      cursor,
      // The position that the others share never goes back.
      behind: !isPrompt || cursor < savedPosition,
      replay,
      failingSince: failingSinceMs === null ? null : new Date(failingSinceMs).toISOString(),
    };
  }

  function changes(nowMs: number): DeliveryChanges & { readonly of: readonly Recipient[] } {
    const of: Recipient[] = [];
    const progress: WebhookProgress[] = [];
    const paused: DeliveryChanges['paused'][number][] = [];
    let { position } = reading;
    for (const recipient of recipients.all) {
      const { webhook, unsavedPause: reason } = recipient;
      if (reason) paused.push({ webhookId: webhook.id, version: webhook.version, reason });
      const now = progressOf(recipient, nowMs);
      if (!now.behind) position = Math.min(position, now.cursor);
      if (recipient.replayTo || !isWorthSaving(recipient.saved, now)) continue;
      of.push(recipient);
      progress.push(now);
    }
    return { position, progress, deliveries: unsaved.slice(), paused, of };
  }

  return {
    async save({ isLast } = { isLast: false }) {
      const { of, ...change } = changes(clock().getTime());
      const { position, progress, deliveries, paused } = change;
      const isNothing = progress.length + deliveries.length + paused.length === 0;
      const entries = position - savedPosition;
      const isLittle = isLast ? entries === 0 : entries < ENTRIES_NOT_WORTH_A_WRITE;
      if (isNothing && isLittle) return 0;
      await store.save(change);
      savedPosition = position;
      unsaved.saved(deliveries);
      for (const [index, recipient] of of.entries()) {
        const saved = progress[index];
        if (saved) recipient.saved = saved;
      }
      return deliveries.length;
    },
  };
}

function isWorthSaving(saved: WebhookProgress, now: WebhookProgress): boolean {
  if (saved.behind !== now.behind || saved.failingSince !== now.failingSince) return true;
  return now.behind && saved.cursor !== now.cursor;
}
