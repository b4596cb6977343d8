import { computed, shallowReactive } from 'vue';
import type { Product } from '../api/index.ts';
import { valueOf } from '../api/index.ts';
import { download, exportCsv } from '../csv/export-csv.ts';
import { api } from '../gateway.ts';

/** The products that were marked in a list, on whichever of its pages they stand. */
export function useSelection(page: () => readonly Product[]) {
  const selected = shallowReactive(new Map<string, Product>());
  const isPage = computed(() => page().length > 0 && page().every(({ id }) => selected.has(id)));
  return {
    count: computed(() => selected.size),
    /** As they are now, where the page shows them. */
    products: computed(() => {
      const shown = new Map(page().map((product) => [product.id, product]));
      return [...selected.values()].map((product) => shown.get(product.id) ?? product);
    }),
    isPage,
    has: ({ id }: Product) => selected.has(id),
    clear: () => selected.clear(),
    turn(product: Product): void {
      if (!selected.delete(product.id)) selected.set(product.id, product);
    },
    turnPage(): void {
      const isAll = isPage.value;
      for (const product of page()) {
        if (isAll) selected.delete(product.id);
        else selected.set(product.id, product);
      }
    },
    /** The columns of a whole export, which an import reads. */
    async exportCsv(): Promise<void> {
      const ids = [...selected.keys()];
      const [products, levels, shop] = await Promise.all([
        api.productsById(ids),
        api.levelsById(ids),
        api.shop(),
      ]);
      const text = exportCsv(valueOf(products), valueOf(levels), valueOf(shop).id);
      download('anaquel-selection.csv', text);
    },
  };
}
