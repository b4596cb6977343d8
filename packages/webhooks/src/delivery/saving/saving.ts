import type { Clock } from '@anaquel/runtime';
import type { DeliveryChanges, DeliveryStore } from '../../webhook-store.ts';
import type { WebhookProgress } from '../../webhook.ts';
import { cursorOf, type Recipient } from '../recipient.ts';
import type { UnsavedDeliveries } from './unsaved-deliveries.ts';

export interface SavingOptions {
  readonly store: Pick<DeliveryStore, 'save'>;
  readonly clock: Clock;
  readonly unsaved: UnsavedDeliveries;
  /** What all that share the reading of the log have read. */
  readonly reading: { readonly position: number };
  /** What the store has. */
  readonly position: number;
}

/** Saves what changed since the last time, in one transaction. */
export interface Saving {
  /** Says that something may be to save of a recipient, or will be. */
  note(recipient: Recipient): void;
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
/** Of so many webhooks the progress is saved in one transaction. */
const WEBHOOKS_A_SAVE = 500;

interface ProgressToSave {
  readonly recipient: Recipient;
  readonly now: WebhookProgress;
}

export function createSaving(options: SavingOptions): Saving {
  const { store, clock, unsaved, reading } = options;
  let { position: savedPosition } = options;
  /** All but those of whom the store has everything, and for whom nothing waits. */
  const unsettled = new Set<Recipient>();
  /** Whose progress is to be saved, in the order in which they came. */
  const waiting = new Set<Recipient>();
  /** Whose progress was in a save that may have failed: the first ones of those that wait. */
  const unknown = new Set<Recipient>();

  /** The progress that is to be saved; what has waited longest is first. */
  function inTurn(worthSaving: ReadonlyMap<Recipient, WebhookProgress>): readonly ProgressToSave[] {
    for (const recipient of waiting) if (!worthSaving.has(recipient)) waiting.delete(recipient);
    for (const recipient of worthSaving.keys()) waiting.add(recipient);
    return [...waiting].flatMap((recipient) => {
      const now = worthSaving.get(recipient);
      return now ? [{ recipient, now }] : [];
    });
  }

  function changes(
    nowMs: number,
  ): DeliveryChanges & { readonly chosen: readonly ProgressToSave[] } {
    const worthSaving = new Map<Recipient, WebhookProgress>();
    const paused: DeliveryChanges['paused'][number][] = [];
    let { position } = reading;
    for (const recipient of unsettled) {
      const { webhook, saved, replayTo, unsavedPause: reason } = recipient;
      if (recipient.phase === 'deleted') {
        unsettled.delete(recipient);
        continue;
      }
      if (reason) paused.push({ webhookId: webhook.id, version: webhook.version, reason });
      if (recipient.phase === 'sharing') recipient.window?.reach(reading.position);
      const now = progressOf(recipient, savedPosition, nowMs);
      if (!now.behind) position = Math.min(position, now.cursor);
      if (replayTo) continue;
      if (unknown.has(recipient) || isWorthSaving(saved, now)) worthSaving.set(recipient, now);
      else if (!reason && hasNothing(recipient)) unsettled.delete(recipient);
    }
    const all = inTurn(worthSaving);
    const chosen = all.slice(0, WEBHOOKS_A_SAVE);
    for (const { recipient, now } of all.slice(WEBHOOKS_A_SAVE)) {
      // For the store it goes where the others go, until the store has that it is behind.
      if (!recipient.saved.behind) position = Math.min(position, now.cursor);
    }
    const progress = chosen.map(({ now }) => now);
    return { position, progress, deliveries: unsaved.slice(), paused, chosen };
  }

  return {
    note: (recipient) => void unsettled.add(recipient),
    async save({ isLast } = { isLast: false }) {
      const { chosen, ...change } = changes(clock().getTime());
      const { position, progress, deliveries, paused } = change;
      const isNothing = progress.length + deliveries.length + paused.length === 0;
      const entries = position - savedPosition;
      const isLittle = isLast ? entries === 0 : entries < ENTRIES_NOT_WORTH_A_WRITE;
      if (isNothing && isLittle) return 0;
      for (const { recipient } of chosen) unknown.add(recipient);
      await store.save(change);
      unknown.clear();
      savedPosition = position;
      unsaved.saved(deliveries);
      for (const { recipient, now } of chosen) {
        recipient.saved = now;
        waiting.delete(recipient);
      }
      return deliveries.length;
    },
  };
}

function progressOf(recipient: Recipient, savedPosition: number, nowMs: number): WebhookProgress {
  const { webhook, window, phase, replay, failingSinceMs } = recipient;
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

/** Whether nothing of its progress changes until something happens. */
function hasNothing({ phase, window }: Recipient): boolean {
  return phase === 'paused' || (phase === 'sharing' && window?.size === 0);
}

function isWorthSaving(saved: WebhookProgress, now: WebhookProgress): boolean {
  if (saved.behind !== now.behind || saved.failingSince !== now.failingSince) return true;
  return now.behind && saved.cursor !== now.cursor;
}
