import { setImmediate as nextTurn } from 'node:timers/promises';
import { cloudEvent, type LoggedEvent } from '@anaquel/events';
import { describe, expect, test } from 'vitest';
import { createDeliveryWindow } from '../../src/delivery/window/delivery-window.ts';
import { createEndpointPace } from '../../src/delivery/sending/endpoint-pace.ts';
import { createLogReading } from '../../src/delivery/reading/log-reading.ts';
import { createRecipient, type Recipient } from '../../src/delivery/recipient.ts';
import { createSecretSeal } from '../../src/sealed-secret.ts';
import { webhookWith } from '../sample-webhook.ts';

const seal = createSecretSeal(Buffer.alloc(32));

function eventAt(position: number, place: number): LoggedEvent {
  const event = cloudEvent({
    id: `log/${position}/${place}`,
    source: '/log',
    type: 'stock.sold',
    subject: `p${place}`,
    time: '2026-03-01T12:00:00.000Z',
    order: `${position}.${place}`,
    data: {},
  });
  return { position, event };
}

function recipientAt(cursor: number, behind: boolean): Recipient {
  const webhook = webhookWith(seal);
  const progress = { webhookId: webhook.id, cursor, behind, replay: 0, failingSince: null };
  const pace = createEndpointPace(() => 0.5, { failures: 0, dueMs: 0 });
  const recipient = createRecipient({ webhook, progress }, { position: cursor, pace });
  const budget = { used: 0, mostEvents: 100_000 };
  recipient.window = createDeliveryWindow({ cursor, budget, pinned: [], onLost: () => {} });
  return recipient;
}

/** All that was read by the end of what it reached. */
function expectAllReached({ window }: Recipient, log: readonly LoggedEvent[]): void {
  const reached = window?.reached ?? 0;
  expect(window?.size).toBe(log.filter(({ position }) => position <= reached).length);
}

describe('reading a log for webhooks', () => {
  test('lets one leave between positions alone, that it misses no event of one', async () => {
    const log = Array.from({ length: 3_000 }, (_, index) => eventAt(2, index + 1));
    const recipient = recipientAt(0, false);
    let isOffered = false;
    const reading = createLogReading({
      read: async () => ({ events: log, position: 2 }),
      clock: () => new Date(),
      position: 0,
      openWindow: async () => {},
      onEvents() {
        if (!isOffered) void nextTurn().then(() => reading.remove(recipient));
        isOffered = true;
      },
    });
    reading.add(recipient);
    expect(recipient.phase).toBe('sharing');
    await reading.round();
    await nextTurn();
    expect(isOffered).toBe(true);
    expectAllReached(recipient, log);
  });

  test('leaves out no event that was let go while the ones after it were read', async () => {
    const log = Array.from({ length: 40 }, (_, index) => eventAt(index + 1, 1));
    // Others have come further.
    const recipient = recipientAt(0, true);
    let whileRead: (() => void) | null = null;
    const reading = createLogReading({
      async read(position) {
        whileRead?.();
        const events = log.slice(position, position + 20);
        return { events, position: events.at(-1)?.position ?? position };
      },
      clock: () => new Date(),
      position: 40,
      openWindow: async () => {},
      onEvents: () => {},
    });
    reading.add(recipient);
    await reading.round();
    expectAllReached(recipient, log);
    // Two requests fail, so that its endpoint counts as down.
    whileRead = () => {
      for (const request of [{}, {}])
        recipient.pace.failed(request, { startedMs: 0, nowMs: 0, retryAfterMs: null });
      reading.makeRoom(recipient);
    };
    await reading.round();
    expectAllReached(recipient, log);
  });

  test('reads nothing more for one that is deleted while others have their turn', async () => {
    const [first, second] = [recipientAt(0, true), recipientAt(0, true)];
    second.window = null;
    const opened: Recipient[] = [];
    const reading = createLogReading({
      async read(position) {
        reading.remove(second);
        second.phase = 'deleted';
        return { events: [], position };
      },
      clock: () => new Date(),
      position: 40,
      openWindow: async (recipient) => void opened.push(recipient),
      onEvents: () => {},
    });
    for (const recipient of [first, second]) reading.add(recipient);
    await reading.round();
    expect(opened).toEqual([]);
  });
});
