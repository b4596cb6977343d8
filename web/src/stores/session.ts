import { useQueryCache } from '@pinia/colada';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Result, Session } from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import { beginVisit } from '../buying/pending.ts';
import { restartStream } from '../live/stock-stream.ts';
import { api } from '../gateway.ts';

/** Who this browser is to the gateway. The session itself is a cookie that no script can read. */
export const useSession = defineStore('session', () => {
  const session = ref<Session | null>(null);
  const isOperator = computed(() => session.value?.role === 'operator');
  /** Whether buying is possible; until the gateway has said, it is assumed. */
  const canBuy = computed(() => isOperator.value || session.value?.storefront !== 'closed');
  const cache = useQueryCache();

  let loading: Promise<void> | null = null;

  /** Asks who one is; at most one question at a time. */
  function load(): Promise<void> {
    loading ??= api.session().then((result) => {
      if (result.ok) become(result.value);
      loading = null;
    });
    return loading;
  }

  /** Makes sure that the answer is known; does nothing when it is. */
  async function settle(): Promise<void> {
    if (session.value === null) await load();
  }

  async function signIn(password: string): Promise<Result<Session>> {
    const result = await api.signIn(password);
    if (result.ok) {
      beginVisit(newKey());
      become(result.value);
    }
    return result;
  }

  async function signOut(): Promise<Result<null>> {
    const result = await api.signOut();
    if (result.ok) await load();
    return result;
  }

  function become(next: Session): void {
    const before = session.value?.role;
    session.value = next;
    if (before === undefined || before === next.role) return;
    beginVisit(newKey());
    // What one role was shown is not for the other.
    void cache.invalidateQueries();
    restartStream();
  }

  return { session, isOperator, canBuy, load, settle, signIn, signOut };
});
