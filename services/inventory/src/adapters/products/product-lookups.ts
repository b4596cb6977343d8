import type { CatalogueAnswer } from '../../application/product-catalogue.ts';
import type { ProductVersion } from './ask-products.ts';

/**
 * What a call answered about one of its products.
 * @param changedTo the version of its latest change since it was asked for; none is 0, and Infinity
 * that any version may be old
 */
export type ReadAnswer = (id: number, changedTo: number) => CatalogueAnswer;

export interface ProductLookupsOptions {
  readonly maxIdsACall: number;
  /** Makes one call for all of these. Never rejects. */
  readonly ask: (ids: readonly number[]) => Promise<ReadAnswer>;
}

/** The products that are being asked for. */
export interface ProductLookups {
  /**
   * Ids that are wanted in the same turn of the event loop share a call, and an id that is being
   * asked for is not asked for twice.
   */
  lookUp(id: number): Promise<CatalogueAnswer>;
  /**
   * Calls under way may answer what the product was before: that must not be remembered, nor given
   * to who asks from now on.
   */
  outdate(change: ProductVersion): void;
  /** Any product may have changed. */
  outdateAll(): void;
}

interface Lookup extends PromiseWithResolvers<CatalogueAnswer> {
  changedTo: number;
}

/** By the product. */
type Lookups = Map<number, Lookup>;

export function createProductLookups({ maxIdsACall, ask }: ProductLookupsOptions): ProductLookups {
  /** Those that a request may join: their products have not changed since. */
  const joinable: Lookups = new Map();
  const calls = new Set<Lookups>();
  let nextBatch: Lookups | null = null;

  function askForNextBatch(): void {
    const entries = [...(nextBatch ?? [])];
    nextBatch = null;
    for (let start = 0; start < entries.length; start += maxIdsACall) {
      void makeCall(new Map(entries.slice(start, start + maxIdsACall)));
    }
  }

  async function makeCall(call: Lookups): Promise<void> {
    calls.add(call);
    const read = await ask([...call.keys()]);
    calls.delete(call);
    for (const [id, lookup] of call) {
      close(id, lookup);
      lookup.resolve(read(id, lookup.changedTo));
    }
  }

  /** Lets nobody join it any more. */
  function close(id: number, lookup: Lookup): void {
    if (joinable.get(id) === lookup) joinable.delete(id);
  }

  function outdate(call: Lookups, id: number, version: number): void {
    const lookup = call.get(id);
    if (!lookup) return;
    lookup.changedTo = Math.max(lookup.changedTo, version);
    close(id, lookup);
  }

  return {
    lookUp(id) {
      const underway = joinable.get(id);
      if (underway) return underway.promise;
      const lookup = { ...Promise.withResolvers<CatalogueAnswer>(), changedTo: 0 };
      if (!nextBatch) {
        nextBatch = new Map();
        setImmediate(askForNextBatch);
      }
      nextBatch.set(id, lookup);
      joinable.set(id, lookup);
      return lookup.promise;
    },
    outdate({ productId, version }) {
      for (const call of calls) outdate(call, productId, version);
    },
    outdateAll() {
      for (const call of calls) for (const id of call.keys()) outdate(call, id, Infinity);
    },
  };
}
