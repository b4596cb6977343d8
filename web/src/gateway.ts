import { ref } from 'vue';
import { createApi } from './api/index.ts';

type Listener = () => void;
const listeners = new Set<Listener>();

/** How many changes of this window were answered with success. */
export const ownChanges = ref(0);

/** The gateway that served this page. */
export const api = createApi({
  onSignInRequired() {
    for (const listener of listeners) listener();
  },
  onChanged: () => (ownChanges.value += 1),
});

/** Hears of answers that say one has to sign in, as when a session has ended. */
export function onSignInRequired(listener: Listener): void {
  listeners.add(listener);
}
