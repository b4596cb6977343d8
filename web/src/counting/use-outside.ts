import { ref } from 'vue';
import { lookUpCodes } from '../products/look-up-codes.ts';
import { api } from '../gateway.ts';
import type { CountItem } from './count-session.ts';
import { itemsFor } from './load-session.ts';

/** A code that no product of a round has, and what else has it. */
export interface Outside {
  readonly code: string;
  /** Null while it is looked up, and where nobody knows, as without a connection. */
  readonly item: CountItem | null;
}

/** Looks up codes that no product of a round has: on a shelf stands what belongs elsewhere, too. */
export function useOutside() {
  const outside = ref<Outside | null>(null);

  async function lookUp(code: string): Promise<void> {
    outside.value = { code, item: null };
    const found = await lookUpCodes(api, [code]);
    const match = found.ok ? found.value.get(code) : undefined;
    if (match?.kind !== 'found') return;
    const items = await itemsFor(api, [match.product]);
    const item = items.ok ? (items.value[0] ?? null) : null;
    if (outside.value?.code === code) outside.value = { code, item };
  }

  return { outside, lookUp, forget: () => void (outside.value = null) };
}
