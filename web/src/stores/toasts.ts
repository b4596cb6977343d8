import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { Toast } from '../ui/toast.ts';

const DURATION_MS = 6_000;
const MOST = 3;

/** Short messages that pass. What someone must not miss stands in the page instead. */
export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([]);
  let lastId = 0;

  function show(kind: Toast['kind'], text: string, link?: Toast['link']): void {
    lastId += 1;
    const id = lastId;
    toasts.value = [...toasts.value, { id, kind, text, ...(link && { link }) }].slice(-MOST);
    setTimeout(() => dismiss(id), DURATION_MS);
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts, show, dismiss };
});
