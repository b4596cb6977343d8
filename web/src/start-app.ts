import '@fontsource-variable/inter/wght.css';
import './main.css';
import { PiniaColada } from '@pinia/colada';
import { createPinia } from 'pinia';
import { createApp, type Component } from 'vue';
import type { Router } from 'vue-router';
import { i18n, preferredLocale, useTextsOf, type TextPart } from './i18n/index.ts';

/** Shows the shop or the office, once its texts are there. */
export async function startApp(root: Component, router: Router, texts: TextPart): Promise<void> {
  await useTextsOf(texts, preferredLocale());
  createApp(root).use(createPinia()).use(PiniaColada, {}).use(i18n).use(router).mount('#app');
}
