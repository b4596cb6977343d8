import type { ReadEvents } from '@anaquel/events';
import { createTimeOrderedIds, type Clock } from '@anaquel/runtime';
import type { EndpointClient, MakeRequest } from '../endpoint-answer.ts';
import type { DeliveryStore } from '../webhook-store.ts';
import { createAttempts, type AttemptResult } from './sending/attempt.ts';
import { applyOutcome } from './sending/attempt-outcome.ts';
import { createLogReading } from './reading/log-reading.ts';
import type { WindowRequest } from './window/open-requests.ts';
import { createPruning } from './saving/pruning.ts';
import { wantsMore, type Recipient } from './recipient.ts';
import { createRecipients } from './recipients.ts';
import { createRequestedDeliveries } from './sending/requested-deliveries.ts';
import { createSaving } from './saving/saving.ts';
import { createSending } from './sending/sending.ts';
import { createUnsavedDeliveries } from './saving/unsaved-deliveries.ts';
import { createWindowOpener } from './window/window-opening.ts';

export interface DispatcherOptions {
  readonly store: DeliveryStore;
  /** Gives what may be told: no failover takes it back. */
  readonly read: ReadEvents;
  readonly client: Pick<EndpointClient, 'send'>;
  readonly makeRequest: MakeRequest;
  readonly clock: Clock;
  /** From 0 to less than 1. */
  readonly random?: () => number;
  /** The shortest time between two saves, and two looks for changes, in milliseconds. */
  readonly everyMs?: number;
  /** Told each time that the log has been read to its end. */
  readonly onCaughtUp?: () => void;
  /** Told of what fails and is tried again. */
  readonly onError: (error: unknown) => void;
  /** Told of each webhook that is paused because it is gone or has failed for days. */
  readonly onPaused: (webhookId: string, reason: 'gone' | 'failing') => void;
}

/** What is done round after round. Each may fail, and is tried again later. */
export interface DeliveryRound {
  /** Starts what is due. */
  startDue(): void;
  /** Reads what changed of webhooks, and what callers asked for. */
  refresh(): Promise<void>;
  /** Reads a slice of the log; true when there may be more. */
  read(): Promise<boolean>;
  save(): Promise<void>;
  prune(): Promise<void>;
  /** Starts nothing more, and resolves when all that is in flight has ended. */
  end(): Promise<void>;
  /** What is done is saved, however little. */
  saveLast(): Promise<void>;
}

/** What takes longer keeps its events even if the process dies. */
const LASTING_MS = 1_000;

/**
 * Puts the parts together.
 *
 * @param position what the store has
 * @param onRoom told when more of the log may be read for a webhook that is behind
 */
export function createDeliveryRound(
  options: DispatcherOptions,
  position: number,
  onRoom: () => void,
): DeliveryRound {
  const { store, read, clock, random = Math.random, onError, onPaused } = options;
  const newId = createTimeOrderedIds();
  const unsaved = createUnsavedDeliveries();
  const attempts = createAttempts({ ...options, unsaved });
  const opener = createWindowOpener({ store, unsaved, clock, random });
  const isHeld = (): boolean => unsaved.isFull;
  const sending = createSending({ attempts, clock, newId, isHeld, onResult });
  const reading = createLogReading({
    read: readThenRefresh(read, () => recipients.refresh()),
    clock,
    position,
    openWindow: opener.openAgain,
    onEvents(recipient) {
      saving.note(recipient);
      sending.wake(recipient);
    },
  });
  const saving = createSaving({ store, clock, unsaved, reading, position });
  const recipients = createRecipients({ store, reading, opener, onChange: saving.note, random });
  const pruning = createPruning({ store, clock });
  const requested = createRequestedDeliveries({
    store,
    read,
    attempts,
    unsaved,
    webhook: (id) => recipients.get(id)?.webhook,
    onError,
  });

  function onResult(recipient: Recipient, request: WindowRequest, result: AttemptResult): void {
    if (recipient.phase === 'deleted') return;
    saving.note(recipient);
    const nowMs = clock().getTime();
    const reason = applyOutcome(recipient, request, result, { nowMs, newId, random, unsaved });
    // What is ending may have been sent before its address was changed: it will be said again.
    const mayPause = recipient.phase !== 'ending' && recipient.webhook.pausedReason === null;
    if (reason && mayPause) {
      recipients.pause(recipient, reason);
      onPaused(recipient.webhook.id, reason);
    }
    recipients.endIfDone(recipient);
    reading.makeRoom(recipient);
    if (wantsMore(recipient)) onRoom();
  }

  return {
    startDue: sending.startDue,
    async refresh() {
      await recipients.refresh();
      if (!recipients.isEmpty) await requested.look();
    },
    read: reading.round,
    async save() {
      attempts.record(LASTING_MS);
      pruning.note(await saving.save({ isLast: false }));
    },
    prune: pruning.round,
    async end() {
      await Promise.all([sending.stop(), requested.stop()]);
    },
    async saveLast() {
      attempts.record(0);
      await saving.save({ isLast: true });
    },
  };
}

/**
 * What happened after a filter was changed is seen only together with that change: the filter
 * before never passes it, and no position is saved beyond it.
 */
function readThenRefresh(read: ReadEvents, refresh: () => Promise<void>): ReadEvents {
  return async (after, limit) => {
    const page = await read(after, limit);
    await refresh();
    return page;
  };
}
