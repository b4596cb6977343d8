import type { CloudEvent, ReadEvents } from './cloud-event.ts';

/** An event as it is published: its JSON, and what publishers have to know of it. */
export interface EventText extends Pick<CloudEvent, 'id' | 'source' | 'type' | 'order'> {
  readonly json: string;
}

/** A slice of a log, in order. */
export interface EventTextPage {
  readonly events: readonly EventText[];
  /** The last entry read; the start when there was nothing new. */
  readonly position: number;
}

/** Reads the events of at most `limit` log entries after `position`. */
export type ReadEventTexts = (position: number, limit: number) => Promise<EventTextPage>;

export function textOf(event: CloudEvent): EventText {
  const { id, source, type, order } = event;
  return { id, source, type, order, json: JSON.stringify(event) };
}

export function textsOf(read: ReadEvents): ReadEventTexts {
  return async (position, limit) => {
    const page = await read(position, limit);
    return { events: page.events.map(({ event }) => textOf(event)), position: page.position };
  };
}
