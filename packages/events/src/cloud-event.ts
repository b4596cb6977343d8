/**
 * A CloudEvent 1.0 in its JSON form.
 *
 * `id` and `source` together name one event for ever, so that a consumer that sees it twice can
 * drop the second.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /**
   * An extension attribute: its place among all events of its source, `<position>.<n>`, compared as
   * two integers. A consumer that remembers the last one drops whatever doesn't come after it.
   */
  readonly order: string;
  /**
   * An extension attribute: where the change was traced, so that a consumer can go on with it.
   *
   * @see https://github.com/cloudevents/spec/tree/main/cloudevents/extensions
   */
  readonly traceparent?: string;
  readonly datacontenttype: 'application/json';
  readonly data: object;
}

/**
 * An event and the position of the log entry that it was derived from; one entry may give several.
 */
export interface LoggedEvent {
  readonly position: number;
  readonly event: CloudEvent;
}

/** A slice of a log, in order. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The last entry read; the start when there was nothing new. */
  readonly position: number;
  /** The newest entry there is. */
  readonly head: number;
}

/**
 * Reads at most `limit` entries of a log after `position`. They appear in commit order, without
 * gaps.
 */
export type ReadEntries<Entry> = (position: number, limit: number) => Promise<readonly Entry[]>;

/** Reads the events of at most `limit` log entries after `position`. */
export type ReadEvents = (position: number, limit: number) => Promise<Omit<EventPage, 'head'>>;

/** What an event has of its own. */
type Own = Omit<CloudEvent, 'specversion' | 'datacontenttype' | 'traceparent'> & {
  readonly traceparent?: string | null;
};

export function cloudEvent({ traceparent = null, ...event }: Own): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: event.time,
    order: event.order,
    ...(traceparent !== null && { traceparent }),
    datacontenttype: 'application/json',
    data: event.data,
  };
}
