import { computed } from 'vue';
import {
  productStatuses,
  type Product,
  type ProductQuery,
  type ProductStatus,
} from '../../api/index.ts';
import { api } from '../../gateway.ts';
import { stockFilters, type StockFilter } from '../../queries/catalogue.ts';
import { useRouteQuery } from '../../route-query.ts';
import { useSearchField } from '../../search-field.ts';
import { firstCharacters, MAX_CHARACTERS } from '../../texts.ts';

/** What Products filters by; Inventory alone knows of stock, so that takes their place. */
const NONE = {
  search: undefined,
  status: undefined,
  tag: undefined,
  minPrice: undefined,
  maxPrice: undefined,
};

/** What the list of products shows, kept in the page's address. */
export function useProductListFilters() {
  const { textOf, narrow } = useRouteQuery();
  const sort = computed(() => textOf('sort') || '-updatedAt');
  const status = computed<ProductStatus | ''>({
    get: () => productStatuses.find((one) => one === textOf('status')) ?? '',
    set: (value) => narrow({ status: value || undefined, stock: undefined }),
  });
  const tag = computed({
    get: () => textOf('tag'),
    set: (value) => narrow({ tag: value || undefined, stock: undefined }),
  });
  const stock = computed<StockFilter | ''>({
    get: () => stockFilters.find((one) => one === textOf('stock')) ?? '',
    set: (value) => narrow({ ...NONE, stock: value || undefined }),
  });
  const { search, words } = useSearchField(NO_STOCK);

  /** Of the page of products that the address asks for. */
  const query = computed<ProductQuery>(() => ({
    search: words.value,
    status: status.value || undefined,
    tag: tag.value || undefined,
    minPrice: amountOf(textOf('minPrice')),
    maxPrice: amountOf(textOf('maxPrice')),
    sort: sort.value,
  }));

  /** The product that alone has what stands in the search field, whatever the list shows by now. */
  async function onlyHit(): Promise<Product | null> {
    const text = firstCharacters(search.value.trim(), MAX_CHARACTERS.search);
    if (text === '') return null;
    const result = await api.products({ ...query.value, search: text, size: 2 });
    const [first, second] = result.ok ? result.value.items : [];
    const isSame = firstCharacters(search.value.trim(), MAX_CHARACTERS.search) === text;
    return isSame && second === undefined ? (first ?? null) : null;
  }
  return { search, status, tag, stock, sort, query, narrow, onlyHit };
}

const NO_STOCK = { stock: undefined };

function amountOf(text: string): number | undefined {
  return /^\d{1,10}(?:\.\d{1,4})?$/.test(text) ? Number(text) : undefined;
}
