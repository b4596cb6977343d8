import { LanguagesIcon, LogOutIcon, MoonIcon, PackageIcon, PlusIcon, StoreIcon } from '@lucide/vue';
import { useDebounceFn } from '@vueuse/core';
import { computed, ref, shallowRef, watch, type Component, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import type { Product } from '../api/index.ts';
import { api } from '../gateway.ts';
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
  run(): unknown;
}

const DELAY_MS = 120;
const MOST_PRODUCTS = 8;

/** As it is compared: no case, no accents. */
function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** What the command palette finds for a text: pages and actions by their names, then products. */
export function usePaletteHits(text: Ref<string>) {
  const { t, locale } = useI18n();
  const router = useRouter();
  const signOut = useSignOut();
  /** What was found, and for which text. */
  const products = shallowRef<readonly Product[]>([]);
  const searched = ref('');

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

  const words = computed(() => firstCharacters(text.value.trim(), MAX_CHARACTERS.search));
  const search = useDebounceFn(async (asked: string) => {
    const result = await api.products({ search: asked, size: MOST_PRODUCTS });
    if (asked !== words.value) return;
    products.value = result.ok ? result.value.items : [];
    searched.value = asked;
  }, DELAY_MS);
  watch(words, (asked) => {
    if (asked === '') products.value = [];
    else void search(asked);
  });

  const hits = computed<Hit[]>(() => {
    const wanted = folded(words.value);
    const named = commands.value.filter(({ label }) => folded(label).includes(wanted));
    const found = products.value.map(({ id, name, sku }) => ({
      key: `product-${id}`,
      label: name,
      detail: sku ?? undefined,
      icon: PackageIcon,
      run: () => router.push({ name: 'manage-product', params: { id } }),
    }));
    return [...named, ...found];
  });
  /** Whether an answer for the present text is still to come. */
  const isSearching = computed(() => words.value !== '' && searched.value !== words.value);
  return { hits, isSearching };
}
