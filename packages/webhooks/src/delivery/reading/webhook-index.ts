import type { CloudEvent } from '@anaquel/events';
import type { Webhook } from '../../webhook.ts';

type Filters = Pick<Webhook, 'eventTypes' | 'productIds'>;

/** Finds the webhooks that are to be told of an event, however many there are that are not. */
export interface WebhookIndex<Holder> {
  readonly size: number;
  add(holder: Holder, filters: Filters): void;
  remove(holder: Holder): void;
  find(event: CloudEvent, products: readonly string[]): ReadonlySet<Holder>;
}

export function createWebhookIndex<Holder>(): WebhookIndex<Holder> {
  const filtersOf = new Map<Holder, Filters>();
  const ofAll = new Set<Holder>();
  const ofTypes = new Map<string, Set<Holder>>();
  const ofProducts = new Map<string, Set<Holder>>();

  /** Each has the narrowest place: products, or else types. */
  function placesOf({ eventTypes, productIds }: Filters): [Map<string, Set<Holder>>, string][] {
    if (productIds) return productIds.map((product) => [ofProducts, product]);
    return (eventTypes ?? []).map((type) => [ofTypes, type]);
  }

  function addAt(places: Map<string, Set<Holder>>, key: string, holder: Holder): void {
    const holders = places.get(key);
    if (holders) holders.add(holder);
    else places.set(key, new Set([holder]));
  }

  function removeFrom(places: Map<string, Set<Holder>>, key: string, holder: Holder): void {
    const holders = places.get(key);
    holders?.delete(holder);
    if (holders?.size === 0) places.delete(key);
  }

  return {
    get size() {
      return filtersOf.size;
    },
    add(holder, filters) {
      filtersOf.set(holder, filters);
      if (!filters.eventTypes && !filters.productIds) ofAll.add(holder);
      for (const [places, key] of placesOf(filters)) addAt(places, key, holder);
    },
    remove(holder) {
      const filters = filtersOf.get(holder);
      filtersOf.delete(holder);
      ofAll.delete(holder);
      if (!filters) return;
      for (const [places, key] of placesOf(filters)) removeFrom(places, key, holder);
    },
    find(event, products) {
      const found = new Set(ofAll);
      for (const holder of ofTypes.get(event.type) ?? []) found.add(holder);
      for (const product of products) {
        for (const holder of ofProducts.get(product) ?? []) {
          const types = filtersOf.get(holder)?.eventTypes;
          if (!types || types.includes(event.type)) found.add(holder);
        }
      }
      return found;
    },
  };
}
