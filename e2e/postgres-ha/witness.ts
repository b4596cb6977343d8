import { setTimeout as delay } from 'node:timers/promises';
import type { LoggedEvent, ReplicatedShop } from './replicated-shop.ts';

/** Sees what the shop publishes and what its feeds show, and forgets nothing. */
export interface Witness {
  /** By id. */
  readonly events: ReadonlyMap<string, string>;
  /** The ids of events that were not always the same. */
  readonly contradictions: ReadonlySet<string>;
  /** Of what was published, not only shown. */
  readonly published: ReadonlySet<string>;
  stop(): Promise<void>;
}

const PAGE = 500;
const PAUSE_MS = 30;

/** Watches the log behind a position: all that is published, and the feed of each replica. */
export function startWitness(shop: ReplicatedShop, start: number): Witness {
  const events = new Map<string, string>();
  const contradictions = new Set<string>();
  const published = new Set<string>();
  let isOver = false;

  function see(event: LoggedEvent): void {
    const text = textOf(event);
    const known = events.get(event.id);
    if (known !== undefined && known !== text) contradictions.add(event.id);
    events.set(event.id, text);
  }

  shop.onEvent = (event) => {
    if (event.position <= start) return;
    published.add(event.id);
    see(event);
  };

  async function follow(replica: number): Promise<void> {
    for (let position = start; !isOver;) {
      const page = await readFeed(shop, replica, position).catch(() => []);
      for (const event of page) see(event);
      position = page.at(-1)?.position ?? position;
      await delay(PAUSE_MS);
    }
  }

  const following = Promise.all(Array.from({ length: shop.replicas }, (_, index) => follow(index)));
  return {
    events,
    contradictions,
    published,
    async stop() {
      isOver = true;
      await following;
    },
  };
}

/** Without the order of members, which differs from one place to the other. */
export function textOf({ id, position, type, data }: LoggedEvent): string {
  const members = Object.keys(data).sort();
  return JSON.stringify([id, position, type, members.map((name) => [name, data[name]])]);
}

/** At least one event after a position, when there are some. */
async function readFeed(
  shop: ReplicatedShop,
  replica: number,
  position: number,
): Promise<LoggedEvent[]> {
  const path = `/api/v1/stock-events?page[size]=${PAGE}&page[after]=${position}`;
  const answer = await shop.call(replica, { path });
  if (answer.status !== 200) throw new Error(`The feed was answered ${answer.text}`);
  const { data } = answer.body as {
    data: { attributes: { position: number; event: LoggedEvent } }[];
  };
  return data.map(({ attributes }) => ({ ...attributes.event, position: attributes.position }));
}

/** The whole log behind a position. */
export async function readLog(shop: ReplicatedShop, start: number): Promise<LoggedEvent[]> {
  const log: LoggedEvent[] = [];
  for (;;) {
    const page = await readFeed(shop, 0, log.at(-1)?.position ?? start);
    if (page.length === 0) return log;
    log.push(...page);
  }
}
