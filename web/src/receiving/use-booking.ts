import { useQueryCache } from '@pinia/colada';
import { computed, ref } from 'vue';
import {
  isOutcome,
  isOutcomeUnknown,
  isRefusedFor,
  problemsOf,
  type ApiError,
  type Result,
} from '../api/index.ts';
import { newKey } from '../buying/new-key.ts';
import { isRepeatable, presentVisit } from '../buying/pending.ts';
import { stockKeys } from '../queries/stock.ts';
import { api } from '../gateway.ts';
import type { SharedState } from '../stores/shared-state.ts';
import { EMPTY_CONSIGNMENT, operationsOf } from './consignment.ts';
import type { Booking, Consignment, LineOperation } from './consignment.ts';

/** When others begin to track a product meanwhile, the booking is made anew so often. */
const MOST_TRIES = 3;

/** What became of one request: null when nothing is known, or nothing happened. */
type Booked = { readonly movementId: string | null } | 'again' | null;

/**
 * The booking of a consignment, which happens once and whole. Its key is kept with the consignment
 * until the outcome is known, over reloads and for all windows.
 */
export function useBooking({ value: consignment, change }: SharedState<Consignment>) {
  const cache = useQueryCache();
  const isBusy = ref(false);
  const error = ref<ApiError | null>(null);
  /** What the shop refuses, by the id of the line. */
  const faults = ref<ReadonlyMap<number, string>>(new Map());

  /** Sends it, or asks again for its outcome. Answers the id of its first movement once it is. */
  async function book(): Promise<string | null> {
    if (isBusy.value) return null;
    isBusy.value = true;
    let booked: Booked = 'again';
    for (let tries = 1; booked === 'again' && tries <= MOST_TRIES; tries += 1)
      booked = await bookOnce();
    isBusy.value = false;
    return booked === 'again' ? null : (booked?.movementId ?? null);
  }

  async function bookOnce(): Promise<Booked> {
    error.value = null;
    faults.value = new Map();
    const earlier = consignment.value.booking;
    const untracked = earlier ? null : await untrackedIds(consignment.value);
    if (untracked?.ok === false) return refuse(untracked.error);
    // Another window may have sent it meanwhile: then this asks for the same.
    const sent = change((now) => ({
      ...now,
      booking: now.booking ?? newBooking(untracked?.value),
    }));
    const { booking } = sent;
    if (booking === null || !isRepeatable(booking)) return null;
    const steps = operationsOf(sent, booking.request);
    const operations = steps.map(({ operation }) => operation);
    const result = await api.operateStock(operations, booking.key);
    if (result.ok) {
      end(booking, () => EMPTY_CONSIGNMENT);
      void cache.invalidateQueries({ key: stockKeys.all });
      const movementId = result.value.find(({ type }) => type === 'stock-movements')?.id ?? null;
      return { movementId };
    }
    if (isOutcomeUnknown(result.error)) return null;
    // An earlier request with this key may have been carried out, whatever is said of this one.
    if (earlier !== null && !isOutcome(result.error)) return refuse(result.error);
    end(booking, (now) => ({ ...now, booking: null }));
    if (isRefusedFor(result.error, 'already-tracked')) return 'again';
    faults.value = faultsIn(result.error, steps);
    return refuse(result.error);
  }

  function refuse(reason: ApiError): null {
    error.value = reason;
    return null;
  }

  function end(booking: Booking, how: (now: Consignment) => Consignment): void {
    change((now) => (now.booking?.key === booking.key ? how(now) : now));
  }

  return {
    isBusy,
    error,
    faults,
    isUnknown: computed(() => consignment.value.booking !== null && !isBusy.value),
    isLost: computed(
      () => consignment.value.booking !== null && !isRepeatable(consignment.value.booking),
    ),
    book,
    /** Somebody has looked what became of it. */
    forget: () => void change((now) => ({ ...now, booking: null })),
  };
}

function newBooking(untracked: readonly string[] = []): Booking {
  return {
    key: newKey(),
    request: untracked,
    // Should this page go while the answer is on its way, nobody knows.
    mayHaveHappened: true,
    sentAtMs: Date.now(),
    visit: presentVisit(),
  };
}

async function untrackedIds({ lines }: Consignment): Promise<Result<readonly string[]>> {
  const ids = [...new Set(lines.flatMap(({ product }) => product?.id ?? []))];
  const levels = await api.levelsById(ids);
  if (!levels.ok) return levels;
  const tracked = new Set(levels.value.map(({ productId }) => productId));
  return { ok: true, value: ids.filter((id) => !tracked.has(id)) };
}

/** What a refusal says of each line that it names. */
function faultsIn(error: ApiError, steps: readonly LineOperation[]): ReadonlyMap<number, string> {
  return new Map(
    problemsOf(error).flatMap(({ pointer, detail }): [number, string][] => {
      const at = /^\/atomic:operations\/(\d+)/.exec(pointer ?? '')?.[1];
      const line = at === undefined ? undefined : steps[Number(at)]?.line;
      return line ? [[line.id, detail]] : [];
    }),
  );
}
