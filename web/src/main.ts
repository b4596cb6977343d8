import '@fontsource-variable/inter/wght.css';
import './main.css';
import { PiniaColada } from '@pinia/colada';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n, preferredLocale, useLocaleOf } from './i18n/index.ts';
import { router } from './router.ts';

async function start(): Promise<void> {
  await useLocaleOf(preferredLocale());
  createApp(App).use(createPinia()).use(PiniaColada, {}).use(i18n).use(router).mount('#app');
}

void start();
