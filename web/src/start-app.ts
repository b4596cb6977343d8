import '@fontsource-variable/inter/wght.css';
import './main.css';
import { PiniaColada } from '@pinia/colada';
import { createPinia } from 'pinia';
import { createApp, type Component } from 'vue';
import type { Router } from 'vue-router';
import { i18n, preferredLocale, useTextsOf, type TextPart } from './i18n/index.ts';
import { useSession } from './stores/session.ts';

/** Shows the shop or the office, once its texts and its first page are there. */
export async function startApp(root: Component, router: Router, texts: TextPart): Promise<void> {
  await useTextsOf(texts, preferredLocale());
  const app = createApp(root).use(createPinia()).use(PiniaColada, {}).use(i18n).use(router);
  void useSession().settle();
  // Until then one sees what is in the page; a file that is missing is the router's affair.
  await router.isReady().catch(() => undefined);
  app.mount('#app');
  keepOfflinePage();
}

/** Without a network the browser shows a page of ours, where it lets us. */
function keepOfflinePage(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator)
    navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
