import { onScopeDispose, ref } from 'vue';

/**
 * Lets one window of this browser at a time work on something, by its name. The first one that asks
 * has it until it goes, then the one that has waited longest, unless somebody takes it over.
 * Browsers without locks, as on plain http, give it to every window.
 */
export function useOwner(name: string) {
  const isElsewhere = ref(false);
  const gone = new AbortController();
  // Without a secure context there are none, whatever the types say.
  const locks: LockManager | undefined = navigator.locks;

  function hold(): Promise<void> {
    isElsewhere.value = false;
    return new Promise((resolve) => gone.signal.addEventListener('abort', () => resolve()));
  }

  async function ask(options: LockOptions): Promise<void> {
    if (locks === undefined) return;
    // Refused where it is not available, or when another window takes it over.
    const use = async (lock: Lock | null) => (lock === null ? Promise.reject(new Error()) : hold());
    await locks.request(name, options, use).catch(() => {
      if (gone.signal.aborted) return undefined;
      isElsewhere.value = true;
      return ask({ signal: gone.signal });
    });
  }

  void ask({ ifAvailable: true });
  onScopeDispose(() => gone.abort());

  return {
    /** Whether another window has it. */
    isElsewhere,
    /** Takes it over from the window that has it. */
    take: () => void ask({ steal: true }),
  };
}
