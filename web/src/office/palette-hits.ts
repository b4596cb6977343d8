import {
  LanguagesIcon,
  LogOutIcon,
  MoonIcon,
  PackageIcon,
  PlusIcon,
  ReceiptTextIcon,
  StoreIcon,
} from '@lucide/vue';
import { useDebounceFn } from '@vueuse/core';
import { computed, ref, shallowRef, watch, type Component, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import type { Product, Purchase } from '../api/index.ts';
import { api } from '../gateway.ts';
import { money } from '../i18n/format.ts';
import { chooseLocale } from '../i18n/index.ts';
import { firstCharacters, MAX_CHARACTERS } from '../texts.ts';
import { turnTheme } from '../theme.ts';
import { officePages } from './office-pages.ts';
import { useSignOut } from './sign-out.ts';

export interface Hit {
  readonly key: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly icon: Component;
  /** A service has found it, by the text or by an earlier one. */
  readonly isFound?: boolean;
  run(): unknown;
}

const DELAY_MS = 120;
const MOST_PRODUCTS = 8;
const MOST_SALES = 5;

/** As it is compared: no case, no accents. */
function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/**
 * What the command palette finds for a text: pages and actions by their names, then products, and
 * sales by number and reference.
 */
export function usePaletteHits(text: Ref<string>) {
  const { t, locale } = useI18n();
  const router = useRouter();
  const signOut = useSignOut();

  const commands = computed<Hit[]>(() => [
    ...officePages.flat().map(({ path, text: key, icon }) => ({
      key: path,
      label: t(key),
      icon,
      run: () => router.push(path),
    })),
    {
      key: 'new-product',
      label: t('manage.newProduct'),
      icon: PlusIcon,
      run: () => router.push('/manage/products?new=1'),
    },
    { key: 'shop', label: t('office.toShop'), icon: StoreIcon, run: () => router.push('/') },
    { key: 'theme', label: t('app.dark'), icon: MoonIcon, run: turnTheme },
    {
      key: 'language',
      label: locale.value === 'en' ? 'Español' : 'English',
      icon: LanguagesIcon,
      run: () => chooseLocale(locale.value === 'en' ? 'es' : 'en'),
    },
    { key: 'sign-out', label: t('nav.signOut'), icon: LogOutIcon, run: signOut },
  ]);

  const { words, products, sales, isSearching } = useFound(text);
  const hits = computed<Hit[]>(() => {
    const wanted = folded(words.value);
    const named = commands.value.filter(({ label }) => folded(label).includes(wanted));
    const found = products.value.map(({ id, name, sku }) => ({
      key: `product-${id}`,
      label: name,
      detail: sku ?? undefined,
      icon: PackageIcon,
      isFound: true,
      run: () => router.push({ name: 'manage-product', params: { id } }),
    }));
    const sold = sales.value.map(({ id, number, reference, total, currency }) => ({
      key: `sale-${id}`,
      label: [`${t('purchase.title')} #${number ?? id.slice(-12)}`, reference]
        .filter((part) => part !== null)
        .join(' · '),
      detail: money(total, currency),
      icon: ReceiptTextIcon,
      isFound: true,
      run: () => router.push({ name: 'manage-sale', params: { id } }),
    }));
    // Who types a number, with or without its sign, means a sale rather than a product.
    return /^#?\d+$/.test(words.value)
      ? [...named, ...sold, ...found]
      : [...named, ...found, ...sold];
  });
  return { hits, isSearching };
}

/** The products and sales that the services find for a text. */
function useFound(text: Ref<string>) {
  const products = shallowRef<readonly Product[]>([]);
  const sales = shallowRef<readonly Purchase[]>([]);
  /** The text for which these were found. */
  const searched = ref('');
  const words = computed(() => firstCharacters(text.value.trim(), MAX_CHARACTERS.search));
  const search = useDebounceFn(async (asked: string) => {
    const [found, sold] = await Promise.all([
      api.products({ search: asked, size: MOST_PRODUCTS }),
      api.purchases({ search: asked, size: MOST_SALES }),
    ]);
    if (asked !== words.value) return;
    products.value = found.ok ? found.value.items : [];
    sales.value = sold.ok ? sold.value.items : [];
    searched.value = asked;
  }, DELAY_MS);
  watch(words, (asked) => {
    if (asked === '') products.value = sales.value = [];
    else void search(asked);
  });
  /** Whether an answer for the present text is still to come. */
  const isSearching = computed(() => words.value !== '' && searched.value !== words.value);
  return { words, products, sales, isSearching };
}
