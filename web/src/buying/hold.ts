import { computed, onScopeDispose, ref } from 'vue';
import type { Reservation, Settled } from '../api/index.ts';
import { api } from '../gateway.ts';
import { readStored, store } from '../stores/storage.ts';
import { useAttempt, type Attempt } from './attempt.ts';

/** So long a basket is held while its buyer decides. */
export const HOLD_SECONDS = 600;
const NAME = 'anaquel.hold';
const TICK_MS = 250;

/** The id of the reservation that this window's checkout is about. */
export function heldId(): string | null {
  const stored = readStored(sessionStorage, NAME);
  return typeof stored === 'string' ? stored : null;
}

export function keepHeldId(id: string | null): void {
  store(sessionStorage, NAME, id);
}

/** Buying what is held, once: about the id of the reservation. */
export function useConfirmation(): Attempt<string, Reservation> {
  return useAttempt<string, Reservation>(
    'confirmation',
    (value): value is string => typeof value === 'string',
    (id, key) => api.confirmReservation(id, key),
  );
}

/** A reservation and the seconds that it still holds, by the server's clock. */
export function useHold() {
  const reservation = ref<Reservation | null>(null);
  const clockAheadMs = ref(0);
  const nowMs = ref(Date.now());
  const timer = setInterval(() => (nowMs.value = Date.now()), TICK_MS);
  onScopeDispose(() => clearInterval(timer));

  const secondsLeft = computed(() => {
    if (reservation.value === null) return 0;
    const endsMs = Date.parse(reservation.value.expiresAt) - clockAheadMs.value;
    return Math.max(0, (endsMs - nowMs.value) / 1_000);
  });
  const isHeld = computed(() => reservation.value?.status === 'active' && secondsLeft.value > 0);

  function take({ value, clockAheadMs: aheadMs }: Settled<Reservation>): void {
    reservation.value = value;
    // Less than this is the inexactness of the header that it was read from.
    clockAheadMs.value = aheadMs;
    nowMs.value = Date.now();
    keepHeldId(value.id);
  }

  return { reservation, secondsLeft, isHeld, take };
}
