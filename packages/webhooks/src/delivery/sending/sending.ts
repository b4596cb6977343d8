import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@anaquel/runtime';
import type { Attempts, AttemptResult } from './attempt.ts';
import { firstDelivery } from './delivery-rows.ts';
import type { WindowRequest } from '../window/open-requests.ts';
import type { Recipient } from '../recipient.ts';
import { createTurns } from './turns.ts';

export interface SendingOptions {
  readonly attempts: Attempts;
  readonly clock: Clock;
  readonly newId: (at: Date) => string;
  /** Whether nothing may start for now. */
  readonly isHeld: () => boolean;
  /** Told what came of a request, which is not in flight any more once it returns. */
  readonly onResult: (recipient: Recipient, request: WindowRequest, result: AttemptResult) => void;
}

/** Sends what may be sent, to all recipients by turns. */
export interface Sending {
  /** Says that something may start for this recipient. */
  wake(recipient: Recipient): void;
  /** Starts what has waited for its time. */
  startDue(): void;
  /** Starts nothing more. Resolves when all that is in flight has ended. */
  stop(): Promise<void>;
}

const MOST_IN_FLIGHT = 256;
/** Endpoints that fail or are slow leave the others a part of it. */
const MOST_IN_FLIGHT_NOT_BRISK = 192;

export function createSending(options: SendingOptions): Sending {
  const { attempts, clock, newId, isHeld, onResult } = options;
  const turns = createTurns();
  const sendings = new Set<Promise<void>>();
  let inFlight = 0;
  let notBriskInFlight = 0;
  let isStopping = false;
  let isStarting = false;

  /** Whatever else the process does has its turn after each request. */
  async function start(): Promise<void> {
    if (isStarting) return;
    isStarting = true;
    while (inFlight < MOST_IN_FLIGHT && !isStopping && !isHeld()) {
      const recipient = turns.take(notBriskInFlight < MOST_IN_FLIGHT_NOT_BRISK);
      if (!recipient) break;
      const nowMs = clock().getTime();
      const request = nextRequest(recipient, nowMs);
      if (request) {
        turns.add(recipient);
        const sending = send(recipient, request).finally(() => sendings.delete(sending));
        sendings.add(sending);
        await nextTurn();
      } else {
        turns.addAt(recipient, nextDueMs(recipient, nowMs));
      }
    }
    isStarting = false;
  }

  async function send(recipient: Recipient, request: WindowRequest): Promise<void> {
    const { webhook, isBrisk } = recipient;
    const { delivery, events } = request;
    const at = clock();
    inFlight += 1;
    if (!isBrisk) notBriskInFlight += 1;
    const result = await attempts.make({
      webhook,
      events: events.map(({ event }) => event),
      delivery:
        delivery ??
        firstDelivery({ id: newId(at), webhookId: webhook.id, events, atMs: at.getTime() }),
      isKnown: delivery !== null,
    });
    inFlight -= 1;
    if (!isBrisk) notBriskInFlight -= 1;
    onResult(recipient, request, result);
    turns.add(recipient);
    void start();
  }

  return {
    wake(recipient) {
      turns.add(recipient);
      void start();
    },
    startDue() {
      turns.release(clock().getTime());
      void start();
    },
    async stop() {
      isStopping = true;
      await Promise.all(sendings);
    },
  };
}

function isActive({ phase }: Recipient): boolean {
  return phase === 'sharing' || phase === 'catching-up';
}

function nextRequest(recipient: Recipient, nowMs: number): WindowRequest | null {
  const { window, pace, webhook } = recipient;
  const now = pace.pace(nowMs);
  if (!window || !isActive(recipient) || now === 'none') return null;
  return window.next(nowMs, webhook.batch, now === 'one');
}

/** When it is to be looked at again; null when that is up to its events and answers. */
function nextDueMs(recipient: Recipient, nowMs: number): number | null {
  const { window, pace } = recipient;
  if (!window || !isActive(recipient) || window.size === 0) return null;
  if (pace.dueMs > nowMs) return pace.dueMs;
  return window.nextDueMs();
}
