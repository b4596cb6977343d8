import { ref } from 'vue';

/**
 * Whether the browser says that there is no network. It may be wrong, so nothing is refused because
 * of it.
 */
export const isOffline = ref(!navigator.onLine);

addEventListener('online', () => (isOffline.value = false));
addEventListener('offline', () => (isOffline.value = true));
