import type { CloudEvent } from '@anaquel/events';
import { expect } from 'vitest';
import { eventsOfEntries } from '../../src/application/stock-event.ts';
import type { LedgerReader } from '../../src/application/ledger.ts';

interface Balances {
  readonly sequence: number;
  readonly onHand: number;
  readonly reserved: number;
}

interface MovementData {
  readonly productId: string;
  readonly sequence: number;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
}

/** All events after a position, read in slices of so many movements. */
export async function eventsAfter(
  reader: Pick<LedgerReader, 'entriesAfter' | 'logId'>,
  start: number,
  sliceSize = 500,
): Promise<CloudEvent[]> {
  const read = eventsOfEntries(reader.entriesAfter, reader.logId);
  const events: CloudEvent[] = [];
  for (let position = start; ;) {
    const slice = await read(position, sliceSize);
    if (slice.position === position) return events;
    events.push(...slice.events.map(({ event }) => event));
    position = slice.position;
  }
}

/** As a consumer may get events that it drops by `order`: some slices come again and again. */
export function redelivered(events: readonly CloudEvent[], seed: number): CloudEvent[] {
  const deliveries: CloudEvent[] = [];
  for (let start = 0, round = 0; start < events.length; round += 1) {
    const end = start + 1 + (disorder(round, seed) % 5);
    for (let copies = 0; copies < 3; copies += 1) {
      const from = Math.max(0, start - (disorder(round + copies, seed) % 7));
      deliveries.push(...events.slice(from, end));
    }
    start = end;
  }
  return deliveries;
}

/** Three of each, in any order. */
export function shuffled(events: readonly CloudEvent[], seed: number): CloudEvent[] {
  return [...events, ...events, ...events]
    .map((event, index) => ({ event, place: disorder(index, seed) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ event }) => event);
}

function disorder(index: number, seed: number): number {
  return Math.imul(index + 1, 2 * seed + 0x9e3779b1) >>> 1;
}

function movementIn({ data }: CloudEvent): MovementData | null {
  return 'sequence' in data ? (data as MovementData) : null;
}

/** Of each product what the movement with the highest sequence left. */
export function stockBySequence(deliveries: readonly CloudEvent[]): Map<string, Balances> {
  const stock = new Map<string, Balances>();
  for (const movement of deliveries.map(movementIn)) {
    if (!movement || movement.sequence <= (stock.get(movement.productId)?.sequence ?? 0)) continue;
    const { productId, sequence, onHandAfter: onHand, reservedAfter: reserved } = movement;
    stock.set(productId, { sequence, onHand, reserved });
  }
  return stock;
}

/** Of each product the sum of its movements; what does not come after the last order is dropped. */
export function stockByOrder(deliveries: readonly CloudEvent[]): Map<string, Balances> {
  const stock = new Map<string, Balances>();
  let last: readonly number[] = [0, 0];
  for (const event of deliveries) {
    const order = event.order.split('.').map(Number);
    const [position = 0, place = 0] = order;
    const [lastPosition = 0, lastPlace = 0] = last;
    if (position < lastPosition || (position === lastPosition && place <= lastPlace)) continue;
    last = order;
    const movement = movementIn(event);
    if (!movement) continue;
    const before = stock.get(movement.productId) ?? { sequence: 0, onHand: 0, reserved: 0 };
    stock.set(movement.productId, {
      sequence: before.sequence + 1,
      onHand: before.onHand + movement.onHandDelta,
      reserved: before.reserved + movement.reservedDelta,
    });
  }
  return stock;
}

/**
 * Each crossing of zero by a product that is for sale is one event, after its movement: so they
 * alternate. One that is not for sale has none.
 */
export function expectCrossings(events: readonly CloudEvent[], notForSale: readonly number[]) {
  const available = new Map<string, number>();
  const expected: string[] = [];
  const told: string[] = [];
  for (const event of events) {
    const { subject, type, order } = event;
    const movement = movementIn(event);
    if (/^stock\.(?:sold-out|back-in-stock)$/.test(type)) told.push(`${subject} ${type} ${order}`);
    if (!movement) continue;
    const before = available.get(subject) ?? 0;
    const after = movement.onHandAfter - movement.reservedAfter;
    available.set(subject, after);
    if ((before === 0) === (after === 0) || notForSale.includes(Number(subject))) continue;
    const crossing = after === 0 ? 'stock.sold-out' : 'stock.back-in-stock';
    expected.push(`${subject} ${crossing} ${order.replace(/\.1$/, '.3')}`);
  }
  expect(told).toEqual(expected);
  for (const ofProduct of Map.groupBy(told, (text) => text.split(' ')[0]).values())
    ofProduct.forEach((text, index) =>
      expect(text).toContain(index % 2 === 0 ? 'stock.back-in-stock' : 'stock.sold-out'),
    );
}
