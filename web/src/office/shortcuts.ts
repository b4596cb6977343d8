import { useEventListener } from '@vueuse/core';

/** What the office can show in front of a page. */
export type Panel = 'palette' | 'shortcuts' | 'menu';

const TYPING = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]';

/** The keys that work on every page of the office, as long as nobody types. */
export function useShortcuts(open: (panel: Panel) => void): void {
  useEventListener(document, 'keydown', (event) => {
    if (event.defaultPrevented) return;
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const hasModifier = ctrlKey || metaKey || altKey;
    const isTyping = target instanceof Element && target.matches(TYPING);
    const isBehind = document.querySelector('[role=dialog]') !== null;
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k' && !isBehind) open('palette');
    else if (hasModifier || isTyping || isBehind) return;
    else if (key === '/') focusSearch(open);
    else if (key === '?') open('shortcuts');
    else return;
    event.preventDefault();
  });
}

/** The search of the page, or that of everything where the page has none. */
function focusSearch(open: (panel: Panel) => void): void {
  const field = document.querySelector<HTMLInputElement>('main input[type=search]');
  if (field === null) return open('palette');
  field.focus();
  field.select();
}
