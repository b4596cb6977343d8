import { cloudEvent, type CloudEvent, type LoggedEvent } from '@anaquel/events';

/** A log in memory that can grow, of which every entry has one event. */
export interface FakeLog {
  readonly length: number;
  /** How often it was read. */
  readonly reads: number;
  /** Adds events, each about one product. */
  append(...products: readonly string[]): void;
  read(position: number, limit: number): Promise<{ events: LoggedEvent[]; position: number }>;
}

export function createFakeLog(): FakeLog {
  const events: LoggedEvent[] = [];
  let reads = 0;
  return {
    get length() {
      return events.length;
    },
    get reads() {
      return reads;
    },
    append(...products) {
      for (const product of products) {
        const position = events.length + 1;
        events.push({ position, event: eventAt(position, product) });
      }
    },
    async read(position, limit) {
      reads += 1;
      const page = events.slice(position, position + limit);
      return { events: page, position: page.at(-1)?.position ?? position };
    },
  };
}

function eventAt(position: number, product: string): CloudEvent {
  return cloudEvent({
    id: `log/${position}`,
    source: '/log',
    type: 'stock.sold',
    subject: product,
    time: '2026-03-01T12:00:00.000Z',
    order: `${position}.1`,
    data: { position },
  });
}
