import { ref, shallowRef } from 'vue';
import { api } from '../gateway.ts';
import { saveChanges, undoOf, type ChangeOutcome } from './product-changes.ts';

/** What became of the last change of many products, and the way to take it back. */
export function useOutcomes(reload: () => void) {
  const outcomes = shallowRef<readonly ChangeOutcome[] | null>(null);
  const isTakingBack = ref(false);

  function took(next: readonly ChangeOutcome[]): void {
    outcomes.value = next;
    reload();
  }

  async function takeBack(): Promise<void> {
    if (outcomes.value === null || isTakingBack.value) return;
    isTakingBack.value = true;
    const next = await saveChanges(api, undoOf(outcomes.value));
    isTakingBack.value = false;
    took(next);
  }

  return { outcomes, isTakingBack, took, takeBack };
}
