import { ref, toValue, watchEffect, type MaybeRefOrGetter } from 'vue';

/** The title of the page that is shown; screen readers hear it when it changes. */
export const pageTitle = ref('');

export function usePageTitle(title: MaybeRefOrGetter<string>): void {
  watchEffect(() => {
    pageTitle.value = toValue(title);
    document.title = pageTitle.value ? `${pageTitle.value} · Anaquel` : 'Anaquel';
  });
}
