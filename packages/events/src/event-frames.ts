import type { LoggedEvent } from './cloud-event.ts';

/**
 * What one kind of reader is shown of an event; null leaves it out. Neither the type nor the data
 * may hold line breaks but JSON's.
 */
export type EventView = (
  logged: LoggedEvent,
) => { readonly type: string; readonly data: object } | null;

/**
 * Events as Server-Sent Events: `event` is the type, `id` the position. Where a position gives
 * several, only the last carries the id: whoever is cut off between them comes back with the
 * position before and gets all of them, none is lost.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function eventFrames(events: readonly LoggedEvent[], view: EventView): Buffer {
  const visible = events.flatMap((logged) => {
    const event = view(logged);
    return event ? [{ ...event, position: logged.position }] : [];
  });
  const frames = visible.map(({ position, type, data }, index) => {
    const id = visible[index + 1]?.position === position ? '' : `id: ${position}\n`;
    return `event: ${type}\n${id}data: ${JSON.stringify(data)}\n\n`;
  });
  return Buffer.from(frames.join(''));
}

/**
 * Opens a stream: when to come back, in milliseconds, and where it stands, so that even a cut
 * before the first event loses nothing.
 */
export function openingFrame(position: number, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${position}\n\n`;
}

/** A comment. It keeps proxies from taking a quiet stream for a dead one. */
export const HEARTBEAT_FRAME = ':\n\n';
