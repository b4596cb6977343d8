import { ref } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Messages } from './en.ts';
import type { ImportMessages } from './en-import.ts';
import { compileMessage } from './message-compiler.ts';

export const locales = ['en', 'es'] as const;
export type Locale = (typeof locales)[number];

declare module 'vue-i18n' {
  export interface DefineLocaleMessage extends Messages, ImportMessages {}
}

const NAME = 'anaquel.locale';
const load: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => import('./en.ts'),
  es: () => import('./es.ts'),
};

const loadImport: Record<Locale, () => Promise<{ importMessages: ImportMessages }>> = {
  en: () => import('./en-import.ts'),
  es: () => import('./es-import.ts'),
};
let hasImport = false;

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

export async function useLocaleOf(locale: Locale): Promise<void> {
  const { messages } = await load[locale]();
  const more = hasImport ? (await loadImport[locale]()).importMessages : {};
  // Nothing asks for a text of the import before its page has brought them.
  i18n.global.setLocaleMessage(locale, { ...messages, ...more } as Messages & ImportMessages);
  i18n.global.locale.value = locale;
  region.value = navigator.languages.find((one) => one.split('-')[0] === locale) ?? locale;
  document.documentElement.lang = locale;
}

/** Brings the texts of the import, in this language and in any that is chosen later. */
export async function useImportTexts(): Promise<void> {
  hasImport = true;
  await useLocaleOf(i18n.global.locale.value as Locale);
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
