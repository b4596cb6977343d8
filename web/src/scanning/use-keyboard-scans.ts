import { useEventListener } from '@vueuse/core';
import { createBurstReader } from './key-burst.ts';
import { scannedCode } from './scanned-text.ts';

const TYPING = 'input:not([type=checkbox], [type=radio]), textarea';
/** A field that takes what is scanned into it by itself. */
const TAKES_SCANS = '[data-takes-scans]';

type TextField = HTMLInputElement | HTMLTextAreaElement;

/**
 * Calls with each code that a scanner types while this component is there, wherever the focus is
 * but in a dialog. A text field that has the focus gets back what was in it.
 */
export function useKeyboardScans(onScan: (code: string) => void): void {
  const read = createBurstReader();
  let before: (() => void) | null = null;

  function onKey(event: KeyboardEvent): void {
    const { target, key, timeStamp: atMs } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (!(target instanceof HTMLElement) || target.closest(`${TAKES_SCANS}, [role=dialog]`)) return;
    const burst = read({ key, atMs });
    const field = target.matches(TYPING) ? (target as TextField) : null;
    if (burst.kind === 'first') before = field && restoring(field);
    if (burst.kind === 'code' || (burst.kind === 'more' && field === null)) {
      // No shortcut, and no press of the button that has the focus.
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (burst.kind !== 'code') return;
    before?.();
    onScan(scannedCode(burst.code));
  }
  useEventListener(document, 'keydown', onKey, { capture: true });
}

/** Puts back what a field has now, with the place at which one types. */
function restoring(field: TextField): () => void {
  const { value, selectionStart, selectionEnd } = field;
  return () => {
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    // Fields of some types have no such place.
    if (selectionStart !== null) field.setSelectionRange(selectionStart, selectionEnd);
  };
}
