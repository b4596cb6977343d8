export { cloudEvent } from './cloud-event.ts';
export type { CloudEvent, EventPage, LoggedEvent, ReadEvents } from './cloud-event.ts';
export { createConsolePublisher } from './console-publisher.ts';
export type { EventView } from './event-frames.ts';
export { createEventStreams } from './event-streams.ts';
export type { EventStreams, EventStreamsOptions } from './event-streams.ts';
export { feedRoute } from './feed.ts';
export { startRelay } from './relay.ts';
export type { CursorStore, Publisher, Relay, RelayOptions } from './relay.ts';
