import { createApi } from './api/index.ts';

type Listener = () => void;
const listeners = new Set<Listener>();

/** The gateway that served this page. */
export const api = createApi({
  onSignInRequired() {
    for (const listener of listeners) listener();
  },
});

/** Hears of answers that say one has to sign in, as when a session has ended. */
export function onSignInRequired(listener: Listener): void {
  listeners.add(listener);
}
