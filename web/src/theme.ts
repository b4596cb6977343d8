import { ref, watch } from 'vue';
import { readStored, store } from './stores/storage.ts';

const NAME = 'anaquel.theme';
const PAGE_COLOURS = { light: '#f8f9fb', dark: '#0b0c0f' } as const;
const system = matchMedia('(prefers-color-scheme: dark)');
const paper = matchMedia('print');

/**
 * Whether the dark theme is on. What a person chose is kept; until then the system decides.
 * `public/before-paint.js` says the same before the first paint.
 */
export const isDark = ref(document.documentElement.classList.contains('dark'));

/** Turns the other theme on and remembers it. */
export function turnTheme(): void {
  isDark.value = !isDark.value;
  store(localStorage, NAME, isDark.value ? 'dark' : 'light');
}

function follow(): void {
  const choice = readStored(localStorage, NAME);
  // On paper every theme is the light one: what is drawn here, too.
  isDark.value = !paper.matches && (choice === null ? system.matches : choice === 'dark');
}
system.addEventListener('change', follow);
paper.addEventListener('change', follow);
addEventListener('storage', ({ key }) => {
  if (key === NAME) follow();
});

watch(
  isDark,
  (dark) => {
    const theme = dark ? 'dark' : 'light';
    document.documentElement.classList.remove('dark', 'light');
    document.documentElement.classList.add(theme);
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute('content', PAGE_COLOURS[theme]);
  },
  { flush: 'sync' },
);
