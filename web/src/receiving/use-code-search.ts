import { ref, watch } from 'vue';
import type { ApiError } from '../api/index.ts';
import { lookUpCodes, type CodeMatch } from '../products/look-up-codes.ts';
import { api } from '../gateway.ts';
import type { SharedState } from '../stores/shared-state.ts';
import {
  changeLine,
  lineProductOf,
  type Consignment,
  type ConsignmentLine,
} from './consignment.ts';

/** Codes are looked up so many at a time. */
const CODES_AT_ONCE = 100;

/**
 * Looks up the codes of a consignment as they come, from this window, another one or before a
 * reload. It stops at a failure, until somebody asks again or gives another code.
 */
export function useCodeSearch({ value: consignment, change }: SharedState<Consignment>) {
  const isSearching = ref(false);
  const error = ref<ApiError | null>(null);
  const openLines = () => consignment.value.lines.filter((line) => line.search === 'open');

  async function search(): Promise<void> {
    if (isSearching.value) return;
    isSearching.value = true;
    error.value = null;
    // Each round without a failure leaves fewer open lines.
    while (openLines().length > 0 && error.value === null)
      await searchSome(openLines().slice(-CODES_AT_ONCE));
    isSearching.value = false;
  }

  async function searchSome(lines: readonly ConsignmentLine[]): Promise<void> {
    const codes = lines.map(({ code }) => code);
    const result = await lookUpCodes(api, codes);
    if (!result.ok) {
      error.value = result.error;
      return;
    }
    for (const { id, code } of lines) {
      const match = result.value.get(code) ?? { kind: 'none' };
      change((now) => {
        const isThere = now.lines.some((line) => line.id === id && line.code === code);
        return isThere ? changeLine(now, id, outcomeOf(match)) : now;
      });
    }
  }

  watch(consignment, () => void search(), { immediate: true });
  return { isSearching, error, search };
}

function outcomeOf(match: CodeMatch): Partial<ConsignmentLine> {
  if (match.kind !== 'found') return { search: match.kind, product: null };
  return { search: 'found', product: lineProductOf(match.product) };
}
