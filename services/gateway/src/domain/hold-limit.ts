/** How much one owner may hold at once; Inventory sees to that. */
export interface HoldCaps {
  readonly units: number;
  readonly lines: number;
  readonly reservations: number;
}

export interface Hold {
  readonly units: number;
  readonly lines: number;
  /** When it was made or last extended, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** Of the reservation; null until it is known. */
  readonly id: string | null;
}

/** The holds of the last hour, by client and by the name of the request that made them. */
export interface HoldLimit {
  readonly caps: HoldCaps;
  /** How long until the client may hold so much more, in milliseconds; 0 when it may. */
  waitMs(client: string, more: Pick<Hold, 'units' | 'lines'>, nowMs: number): number;
  has(client: string, name: string): boolean;
  /** Counts a hold, in the place of an earlier one of that name. */
  put(client: string, name: string, hold: Hold): void;
  remove(client: string, name: string): void;
  /** The name and the hold of a reservation, when this client made it. */
  find(client: string, id: string): readonly [name: string, hold: Hold] | undefined;
}

const HOUR_MS = 3_600_000;
/** A client may be a family, an office or a café. */
const OWNERS_A_CLIENT = 10;
/** Of more clients, those are forgotten that held something least lately. */
const MOST_CLIENTS = 10_000;

/**
 * A browser without a cookie is a new owner with each request, so what owners hold is also counted
 * by the client's address: as much as ten of them may hold, within an hour. A hold that is released
 * or bought counts no longer.
 */
export function createHoldLimit(caps: HoldCaps): HoldLimit {
  /** Each client's holds in the order of their instants. */
  const clients = new Map<string, Map<string, Hold>>();

  return {
    caps,
    waitMs(client, more, nowMs) {
      const holds = clients.get(client) ?? new Map<string, Hold>();
      for (const [name, { sinceMs }] of holds) {
        if (sinceMs > nowMs - HOUR_MS) break;
        holds.delete(name);
      }
      let { units, lines } = more;
      for (const hold of holds.values()) {
        units += hold.units;
        lines += hold.lines;
      }
      let reservations = 1 + holds.size;
      let waitMs = 0;
      // As if the oldest had passed one after the other, until there is room.
      for (const hold of holds.values()) {
        const fits =
          units <= caps.units * OWNERS_A_CLIENT &&
          lines <= caps.lines * OWNERS_A_CLIENT &&
          reservations <= caps.reservations * OWNERS_A_CLIENT;
        if (fits) break;
        units -= hold.units;
        lines -= hold.lines;
        reservations -= 1;
        waitMs = hold.sinceMs + HOUR_MS - nowMs;
      }
      return waitMs;
    },
    has: (client, name) => clients.get(client)?.has(name) ?? false,
    put(client, name, hold) {
      const holds = clients.get(client) ?? new Map<string, Hold>();
      holds.delete(name);
      holds.set(name, hold);
      clients.delete(client);
      clients.set(client, holds);
      const [oldest] = clients.keys();
      if (clients.size > MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
    },
    remove(client, name) {
      const holds = clients.get(client);
      holds?.delete(name);
      if (holds?.size === 0) clients.delete(client);
    },
    find: (client, id) => [...(clients.get(client) ?? [])].find(([, hold]) => hold.id === id),
  };
}
