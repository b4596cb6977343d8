import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cloudEvent } from '@anaquel/events';
import { describe, test } from 'vitest';
import { times } from '@anaquel/runtime/soak-counts';
import {
  createDeliveryWindow,
  type DeliveryWindow,
} from '../../src/delivery/window/delivery-window.ts';
import type { WindowRequest } from '../../src/delivery/window/open-requests.ts';
import type { MatchingEvent } from '../../src/delivery/reading/matching-event.ts';
import type { Delivery } from '../../src/webhook.ts';

/**
 * A log in which every position has one event or two, each about some of four products. Of large
 * events a request has no more than three.
 */
const logs = fc
  .tuple(
    fc.array(fc.array(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { maxLength: 2 }), {
      maxLength: 60,
    }),
    fc.constantFrom(1_000, 100_000),
  )
  .map(([positions, bytes]) =>
    positions.flatMap((events, index) =>
      events.map((products, place) => matchingEvent(index + 1, place + 1, products, bytes)),
    ),
  );

function matchingEvent(
  position: number,
  place: number,
  products: string[],
  bytes: number,
): MatchingEvent {
  const event = cloudEvent({
    id: `log/${position}/${place}`,
    source: '/log',
    type: 'thing.happened',
    subject: products[0] ?? '',
    time: '2026-03-01T12:00:00.000Z',
    order: `${position}.${place}`,
    data: {},
  });
  return { position, event, products, bytes };
}

type Act =
  | { readonly what: 'read'; readonly count: number; readonly isDown: boolean }
  | { readonly what: 'start'; readonly isOneAtATime: boolean }
  | { readonly what: 'deliver' | 'fail'; readonly which: number }
  | { readonly what: 'wait' | 'makeAllDue' | 'shrink' | 'restart' };

const acts = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('read'),
        count: fc.nat(29),
        isDown: fc.boolean(),
      } as const),
    },
    {
      weight: 8,
      arbitrary: fc.record({ what: fc.constant('start'), isOneAtATime: fc.boolean() } as const),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        what: fc.constantFrom('deliver', 'fail'),
        which: fc.nat(7),
      } as const),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constantFrom('wait', 'makeAllDue', 'shrink', 'restart'),
      } as const),
    },
  ),
  { maxLength: 150 },
);

const LATE_MS = 1_000;

/** A webhook that is told of a log, act by act, by processes that may end at any moment. */
class Scene {
  readonly #log: readonly MatchingEvent[];
  readonly #batch: number;
  readonly #budget = { used: 0, mostEvents: 20 };
  /** What the windows of other webhooks hold. */
  readonly #others: number;
  readonly #last: number;
  #nowMs = 1;
  /** What the store has as `pending`, by the first event of each. */
  readonly #pending = new Map<string, Delivery>();
  #inFlight: WindowRequest[] = [];
  #window: DeliveryWindow;
  /** The events of each request that was tried, by the first of them. */
  readonly compositions = new Map<string, string>();
  readonly delivered = new Set<string>();

  constructor(log: readonly MatchingEvent[], batch: number, others: number) {
    this.#log = log;
    this.#batch = batch;
    this.#others = others;
    this.#last = log.at(-1)?.position ?? 0;
    this.#window = this.#open(0, []);
  }

  #open(cursor: number, pinned: readonly Delivery[]): DeliveryWindow {
    this.#budget.used = this.#others;
    return createDeliveryWindow({
      cursor,
      budget: this.#budget,
      pinned,
      onLost: ({ firstOrder }) => assert.fail(`${firstOrder} was lost`),
    });
  }

  act(act: Act): void {
    switch (act.what) {
      case 'read':
        return this.read(act.count, act.isDown);
      case 'start':
        return this.start(act.isOneAtATime);
      case 'deliver':
        return this.deliver(act.which);
      case 'fail':
        return this.fail(act.which);
      case 'wait':
        this.#nowMs += LATE_MS;
        return;
      case 'makeAllDue':
        return this.#window.makeAllDue();
      case 'shrink':
        return this.#window.shrink();
      case 'restart':
        return this.restart();
    }
  }

  read(count: number, isDown: boolean): void {
    for (const event of this.#log
      .filter(({ position }) => position > this.#window.reached)
      .slice(0, count)) {
      // All of a position or nothing of it: whoever reads goes on after what was reached.
      const whole = this.#log.filter(({ position }) => position === event.position);
      if (whole[0] !== event) continue;
      if (!whole.every((one) => this.#window.offer(one, this.#nowMs, isDown))) return;
    }
    if (this.#log.every(({ position }) => position <= this.#window.reached))
      this.#window.reach(this.#last);
  }

  start(isOneAtATime: boolean): void {
    const request = this.#window.next(this.#nowMs, this.#batch, isOneAtATime);
    if (!request) return;
    this.#inFlight.push(request);
    this.#checkStarted(request, isOneAtATime);
    this.#pending.set(firstOf(request), deliveryOf(request, this.#nowMs));
  }

  #checkStarted({ events }: WindowRequest, isOneAtATime: boolean): void {
    assert.ok(this.#inFlight.length <= (isOneAtATime ? 1 : 8));
    assert.ok(events.length > 0 && events.length <= this.#batch);
    const orders = events.map(({ event }) => event.order);
    const [first = ''] = orders;
    // Only a restart repeats something.
    for (const order of orders) assert.ok(!this.delivered.has(order));
    const begin = this.#log.findIndex(({ event }) => event.order === first);
    // A run without a gap.
    const neighbours = this.#log.slice(begin, begin + orders.length);
    assert.deepEqual(
      neighbours.map(({ event }) => event.order),
      orders,
    );
    const composition = orders.join();
    assert.equal(this.compositions.get(first) ?? composition, composition);
    this.compositions.set(first, composition);
    // Nothing before it that is not delivered shares a product with it.
    const products = new Set(events.flatMap((event) => event.products));
    for (const before of this.#log.slice(0, begin)) {
      if (this.delivered.has(before.event.order)) continue;
      assert.ok(!before.products.some((product) => products.has(product)));
    }
  }

  deliver(which: number): void {
    const [request] = this.#inFlight.splice(which % Math.max(1, this.#inFlight.length), 1);
    if (!request) return;
    this.#window.delivered(request);
    this.#pending.delete(firstOf(request));
    for (const { event } of request.events) this.delivered.add(event.order);
  }

  fail(which: number): void {
    const [request] = this.#inFlight.splice(which % Math.max(1, this.#inFlight.length), 1);
    if (!request) return;
    const next = deliveryOf(request, this.#nowMs + LATE_MS);
    this.#window.failed(request, next);
    this.#pending.set(firstOf(request), next);
  }

  /** The cursor is saved, and so are the deliveries that failed or are on their way. */
  restart(): void {
    const { cursor } = this.#window;
    this.#inFlight = [];
    this.#window = this.#open(cursor, [...this.#pending.values()]);
    // What was delivered beyond the cursor may come again, in the order of before.
    for (const { position, event } of this.#log)
      if (position > cursor) this.delivered.delete(event.order);
  }

  checkCursor(): void {
    const { cursor, size, inFlight } = this.#window;
    assert.equal(inFlight, this.#inFlight.length);
    assert.equal(this.#budget.used, this.#others + size);
    for (const { position, event } of this.#log)
      if (position <= cursor) assert.ok(this.delivered.has(event.order));
  }

  /** Whatever waits is on its way, or has its time, or may start now, or is read on for. */
  checkNothingIsStuck(): void {
    const { size, inFlight } = this.#window;
    if (size === 0 || inFlight > 0 || this.#window.nextDueMs() !== null) return;
    if (this.#window.wantsMore(true)) return;
    this.start(true);
    assert.equal(this.#window.inFlight, 1);
  }

  /** The endpoint is well from now on, as one request shows if it was down: all arrives. */
  finish(wasDown: boolean): void {
    let isDown = wasDown;
    for (let turn = 0; turn < 1_000 && this.#window.cursor < this.#last; turn += 1) {
      this.#nowMs += LATE_MS;
      if (this.#window.wantsMore(isDown)) this.read(10, isDown);
      for (let starts = 0; starts < 8; starts += 1) this.start(isDown);
      if (this.#inFlight.length > 0) isDown = false;
      while (this.#inFlight.length > 0) this.deliver(0);
      this.checkCursor();
    }
    assert.equal(this.#window.cursor, this.#last);
    assert.equal(this.delivered.size, this.#log.length);
  }
}

const firstOf = ({ events }: WindowRequest): string => events[0]?.event.order ?? '';

function deliveryOf({ events, delivery }: WindowRequest, atMs: number): Delivery {
  const at = new Date(atMs).toISOString();
  return {
    id: 'unused',
    webhookId: 'unused',
    cause: 'event',
    repeats: null,
    eventId: events[0]?.event.id ?? '',
    eventType: 'thing.happened',
    eventCount: events.length,
    firstOrder: events[0]?.event.order ?? '',
    lastOrder: events.at(-1)?.event.order ?? '',
    attempt: (delivery?.attempt ?? 0) + 1,
    status: 'pending',
    attemptAt: at,
    firstAttemptAt: at,
    responseStatus: null,
    durationMs: null,
    failure: null,
    requestBody: null,
    responseBody: null,
  };
}

const scenes = fc.record({
  log: logs,
  batch: fc.constantFrom(1, 2, 5, 100),
  others: fc.constantFrom(0, 20),
});

describe('the window of a webhook', () => {
  test('keeps the order of each product, the events of a request and a cursor that is true', () => {
    fc.assert(
      fc.property(scenes, acts, fc.boolean(), ({ log, batch, others }, all, isDown) => {
        const scene = new Scene(log, batch, others);
        for (const act of all) {
          scene.act(act);
          scene.checkCursor();
          scene.checkNothingIsStuck();
        }
        scene.finish(isDown);
      }),
      { numRuns: times({ test: 300, soak: 20_000 }) },
    );
  });
});
