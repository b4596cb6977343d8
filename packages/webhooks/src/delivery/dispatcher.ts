import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { createPauses, type Work } from '@anaquel/runtime';
import {
  createDeliveryRound,
  type DispatcherOptions,
  type DeliveryRound,
} from './delivery-round.ts';
import { createSteps } from './steps.ts';

const EVERY_MS = 1_000;
/** How soon something is sent again whose time has come. */
const TICK_MS = 250;
const SETTLE_MS = 50;
const STOP_PATIENCE_MS = 1_000;

/**
 * Tells webhooks of the events of a log, in order for each product and at least once. One process
 * does it at a time; it may begin and end several times in one.
 *
 * The log is the queue: in memory is a window for each webhook that something waits for. What is
 * done is saved at most once a second, so that a process that dies repeats about a second of it.
 */
export function startDispatcher(options: DispatcherOptions): Work {
  const { store, onCaughtUp, onError, everyMs = EVERY_MS } = options;
  const pauses = createPauses();
  const steps = createSteps(everyMs, onError);
  let isStopping = false;
  /** Whether the log may have grown, or there is room for more of it. */
  let isWoken = true;
  let isIdle = false;
  let current: DeliveryRound | null = null;

  function wake(): void {
    isWoken = true;
    if (isIdle) pauses.endCurrent();
  }

  async function goRound(): Promise<boolean> {
    const round = (current ??= createDeliveryRound(options, await store.position(), wake));
    await steps.run('refresh', round.refresh);
    round.startDue();
    const mayHaveGrown = isWoken;
    isWoken = false;
    const hasMore = await steps.run('read', round.read, mayHaveGrown);
    if (hasMore === false) onCaughtUp?.();
    if (!isStopping) await steps.run('save', round.save);
    if (!isStopping) await steps.run('prune', round.prune);
    return hasMore === true;
  }

  async function follow(): Promise<void> {
    while (!isStopping) {
      try {
        isWoken = (await goRound()) || isWoken;
        if (isWoken) await nextTurn();
        else await untilWoken();
      } catch (error) {
        onError(error);
        await pauses.pause(everyMs);
      }
    }
  }

  async function untilWoken(): Promise<void> {
    isIdle = true;
    await pauses.pause(Math.min(TICK_MS, everyMs));
    isIdle = false;
    // What a busy log gains meanwhile is read in one slice, which costs less than many.
    if (isWoken) await pauses.pause(SETTLE_MS);
  }

  const following = follow();
  let stopped: Promise<void> | null = null;

  async function stop(): Promise<void> {
    isStopping = true;
    pauses.endAll();
    const ends = Promise.all([following, current?.end()]);
    await Promise.race([ends, patience()]);
    // What isn't saved is repeated at the next start.
    const saving = current?.saveLast().catch(onError);
    await Promise.race([saving, patience()]);
  }

  return {
    wake,
    stop: () => (stopped ??= stop()),
  };
}

function patience(): Promise<void> {
  return delay(STOP_PATIENCE_MS, undefined, { ref: false });
}
