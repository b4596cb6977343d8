import { textOf, type Publisher } from '@anaquel/events';
import type { ReplayStart } from './replay-call.ts';
import type { ReadFeed } from './service-feed.ts';

const PAGE = 500;
/**
 * Commands get their time before they get their position, so that times may be out of order by as
 * long as a command may take.
 */
const DISORDER_MS = 60_000;

export interface Replay {
  /** The last position whose events were published. */
  readonly last: number;
  readonly count: number;
}

/**
 * Publishes the events of a log again, in order, from a start up to the newest one that there is
 * now: what comes later is published anyway. With a time it begins up to a minute before.
 * @param onProgress told after each slice
 */
export async function replayEvents(
  read: ReadFeed,
  publisher: Publisher,
  from: ReplayStart,
  onProgress: (replay: Replay) => void,
): Promise<Replay> {
  const { head } = await read(0, 1);
  let replay = { last: await positionOf(read, from, head), count: 0 };
  while (replay.last < head) {
    await publisher.resume?.(replay.last);
    const page = await read(replay.last, Math.min(PAGE, head - replay.last));
    if (page.last === replay.last) break;
    await publisher.publish(page.events.map(({ event }) => textOf(event)));
    replay = { last: page.last, count: replay.count + page.events.length };
    onProgress(replay);
  }
  return replay;
}

/** After which position to begin. */
async function positionOf(read: ReadFeed, from: ReplayStart, head: number): Promise<number> {
  if ('position' in from) return from.position;
  const earliest = from.since.getTime() - DISORDER_MS;
  let [low, high] = [0, head];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { events } = await read(middle, 1);
    const time = events[0]?.event.time;
    if (time !== undefined && Date.parse(time) < earliest) low = middle + 1;
    else high = middle;
  }
  return low;
}
