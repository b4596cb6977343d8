import type { EventPage } from '@anaquel/events';

type ReadLog = (position: number, limit: number) => Promise<EventPage>;

/** The position of the latest entry; 0 when there is none. */
export async function headOf(readEvents: ReadLog): Promise<number> {
  return (await readEvents(Number.MAX_SAFE_INTEGER, 1)).head;
}

/**
 * The position after which the log tells what happened at an instant or later: by halves, since
 * instants grow with positions. At most 53 reads of one entry.

 */
export async function positionBefore(instant: Date, readEvents: ReadLog): Promise<number> {
  /** All up to here happened before, and all after `end` did not. */
  let start = 0;
  let end = await headOf(readEvents);
  while (start < end) {
    const middle = start + Math.ceil((end - start) / 2);
    const { events } = await readEvents(middle - 1, 1);
    const time = events[0]?.event.time;
    if (time !== undefined && Date.parse(time) < instant.getTime()) start = middle;
    else end = middle - 1;
  }
  return start;
}
