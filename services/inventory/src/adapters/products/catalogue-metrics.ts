import type { Metrics } from '@anaquel/runtime';
import type { HttpProductCatalogue } from './http-product-catalogue.ts';

/** Tells how a catalogue gets on with Products. */
export function measureCatalogue(metrics: Metrics, catalogue: HttpProductCatalogue): void {
  metrics.counter({
    name: 'product_cache_lookups_total',
    help: 'Products that were wanted, by whether they were remembered and known to be right.',
    labelNames: ['result'],
    collect() {
      const { hits, misses } = catalogue.figures();
      this.reset();
      this.inc({ result: 'hit' }, hits);
      this.inc({ result: 'miss' }, misses);
    },
  });
  metrics.gauge({
    name: 'circuit_breaker_open',
    help: 'Whether calls are refused at once because the other side fails: 1 for yes.',
    labelNames: ['target'],
    collect() {
      this.set({ target: 'products' }, Number(catalogue.figures().isCut));
    },
  });
  metrics.gauge({
    name: 'product_catalogue_reachable',
    help: 'Whether Products answers and its changes are followed: 1 for yes.',
    collect() {
      this.set(Number(catalogue.reachable));
    },
  });
}
