import { ref } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Messages } from './en.ts';
import type { ImportMessages } from './en-import.ts';
import type { OfficeMessages } from './en-office.ts';
import type { ShelfMessages } from './en-shelf.ts';
import type { ShopMessages } from './en-shop.ts';
import type { WebhookMessages } from './en-webhooks.ts';
import { compileMessage } from './message-compiler.ts';

export const locales = ['en', 'es'] as const;
export type Locale = (typeof locales)[number];

type AllMessages = Messages &
  ShopMessages &
  OfficeMessages &
  ImportMessages &
  ShelfMessages &
  WebhookMessages;

declare module 'vue-i18n' {
  export interface DefineLocaleMessage
    extends
      Messages,
      ShopMessages,
      OfficeMessages,
      ImportMessages,
      ShelfMessages,
      WebhookMessages {}
}

const NAME = 'anaquel.locale';
const load: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => import('./en.ts'),
  es: () => import('./es.ts'),
};

/** Texts that come with the app, or with the pages, that has them. */
const PARTS = {
  shop: {
    en: async () => (await import('./en-shop.ts')).shopMessages,
    es: async () => (await import('./es-shop.ts')).shopMessages,
  },
  office: {
    en: async () => (await import('./en-office.ts')).officeMessages,
    es: async () => (await import('./es-office.ts')).officeMessages,
  },
  import: {
    en: async () => (await import('./en-import.ts')).importMessages,
    es: async () => (await import('./es-import.ts')).importMessages,
  },
  shelf: {
    en: async () => (await import('./en-shelf.ts')).shelfMessages,
    es: async () => (await import('./es-shelf.ts')).shelfMessages,
  },
  webhooks: {
    en: async () => (await import('./en-webhooks.ts')).webhookMessages,
    es: async () => (await import('./es-webhooks.ts')).webhookMessages,
  },
};
export type TextPart = keyof typeof PARTS;
const parts = new Set<TextPart>();

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: {},
  messageCompiler: compileMessage,
});

/**
 * What numbers, amounts and dates are written in: the browser's own region where it has one for the
 * language.
 */
export const region = ref('en');

async function useLocaleOf(locale: Locale): Promise<void> {
  const [{ messages }, ...more] = await Promise.all([
    load[locale](),
    ...[...parts].map((part) => PARTS[part][locale]()),
  ]);
  const all = Object.assign({ ...messages }, ...more);
  // Nothing asks for a text of a part before its page has brought it.
  i18n.global.setLocaleMessage(locale, all as AllMessages);
  i18n.global.locale.value = locale;
  region.value = navigator.languages.find((one) => one.split('-')[0] === locale) ?? locale;
  document.documentElement.lang = locale;
}

/** Brings the texts of a part, in this language and in any that is chosen later. */
export async function useTextsOf(part: TextPart, locale = i18n.global.locale.value as Locale) {
  parts.add(part);
  await useLocaleOf(locale);
}

/** Changes the language and remembers it. */
export async function chooseLocale(locale: Locale): Promise<void> {
  await useLocaleOf(locale);
  try {
    localStorage.setItem(NAME, locale);
  } catch {
    // Then it lasts as long as this page.
  }
}

/** What was chosen before, else the first of the browser's languages that we have. */
export function preferredLocale(): Locale {
  let choice: string | null = null;
  try {
    choice = localStorage.getItem(NAME);
  } catch {
    // Without storage the browser decides.
  }
  const languages = [choice ?? '', ...navigator.languages].map((one) => one.split('-')[0]);
  return languages.map((one) => locales.find((locale) => locale === one)).find(Boolean) ?? 'en';
}
