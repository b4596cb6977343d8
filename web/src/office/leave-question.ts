import { useEventListener } from '@vueuse/core';
import { computed, ref } from 'vue';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';

/**
 * Asks before what is saved nowhere is lost, whichever way one leaves. The question is shown by
 * whoever uses it, while `isAsked`; a tab that is closed is asked about by the browser.
 */
export function useLeaveQuestion(isDirty: () => boolean) {
  /** Hears whether what was typed may go. */
  const question = ref<((mayGo: boolean) => void) | null>(null);

  function mayGo(): boolean | Promise<boolean> {
    if (!isDirty()) return true;
    question.value?.(false);
    return new Promise<boolean>((resolve) => (question.value = resolve));
  }

  function tell(go: boolean): void {
    question.value?.(go);
    question.value = null;
  }

  onBeforeRouteLeave(mayGo);
  onBeforeRouteUpdate(mayGo);
  useEventListener(window, 'beforeunload', (event) => {
    if (isDirty()) event.preventDefault();
  });
  return { isAsked: computed(() => question.value !== null), mayGo, tell };
}
