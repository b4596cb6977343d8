import { ref } from 'vue';
import { isJson } from '../api/index.ts';
import { eventTypes } from '../api/event-types.ts';

/**
 * What happened to the stock, as the stream tells it; operators are told all, shoppers what is
 * available.
 */
export interface StockEvent {
  /** `stock.changed`, `stock.sold`, `purchase.completed`… */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When and by which event, where the whole event is told. */
  readonly time: string | null;
  readonly id: string | null;
}

const ADDRESS = '/api/v1/stock-events/stream';
/**
 * In a storm of events they are told of together, so often at most: whoever hears them draws
 * something.
 */
const BATCH_MS = 250;
/** More than so many wait for no moment. */
const BATCH_SIZE = 500;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/**
 * A page that nobody sees gives its connection back: a browser has six for one origin, over all
 * windows.
 */
const HIDDEN_MS = 30_000;

/** `live`: what is shown is what is. `idle`: nobody has asked for it yet. */
export const connection = ref<'idle' | 'connecting' | 'live' | 'lost'>('idle');

type Listener = (events: readonly StockEvent[]) => void;
const listeners = new Set<Listener>();
const openListeners = new Set<() => void>();
let source: EventSource | null = null;
let waitMs = FIRST_WAIT_MS;
let retry: ReturnType<typeof setTimeout> | undefined;
let pause: ReturnType<typeof setTimeout> | undefined;

/**
 * Hears every event, in their order and several at once, until the returned function is called; the
 * first listener opens the stream.
 */
export function onStockEvents(listener: Listener): () => void {
  listeners.add(listener);
  open();
  return () => listeners.delete(listener);
}

/**
 * Hears of each new connection: what happened before it was not heard, so read anew what matters.
 */
export function onStreamOpen(listener: () => void): () => void {
  openListeners.add(listener);
  return () => openListeners.delete(listener);
}

/** For another role: what one is told depends on it. */
export function restartStream(): void {
  if (source === null && retry === undefined) return;
  close();
  open();
}

function open(): void {
  if (source !== null || retry !== undefined) return;
  const stream = new EventSource(ADDRESS);
  source = stream;
  if (connection.value === 'idle') connection.value = 'connecting';
  stream.addEventListener('open', () => {
    waitMs = FIRST_WAIT_MS;
    connection.value = 'live';
    for (const listener of openListeners) listener();
  });
  for (const type of eventTypes) {
    stream.addEventListener(type, (message: MessageEvent<string>) => receive(type, message.data));
  }
  stream.addEventListener('error', () => {
    // The browser gives up after an answer that is no stream, so it is closed and opened here, in
    // growing steps.
    if (source !== stream) return;
    close();
    connection.value = 'lost';
    retry = setTimeout(
      () => {
        retry = undefined;
        open();
      },
      waitMs * (0.7 + Math.random() * 0.6),
    );
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  });
}

function close(): void {
  clearTimeout(retry);
  retry = undefined;
  source?.close();
  source = null;
}

let batch: StockEvent[] = [];
let publishTimer: ReturnType<typeof setTimeout> | undefined;
let publishedAt = 0;

function receive(type: string, text: string): void {
  const event = eventIn(type, text);
  if (event === null) return;
  batch.push(event);
  if (batch.length >= BATCH_SIZE) publish();
  else
    publishTimer ??= setTimeout(publish, Math.max(0, publishedAt + BATCH_MS - performance.now()));
}

function publish(): void {
  clearTimeout(publishTimer);
  publishTimer = undefined;
  publishedAt = performance.now();
  const events = batch;
  batch = [];
  for (const listener of listeners) listener(events);
}

function eventIn(type: string, text: string): StockEvent | null {
  try {
    const message = JSON.parse(text) as unknown;
    if (!isJson(message)) return null;
    if (!isJson(message['data'])) return { type, data: message, time: null, id: null };
    const { data, time, id } = message;
    return {
      type,
      data,
      time: typeof time === 'string' ? time : null,
      id: typeof id === 'string' ? id : null,
    };
  } catch {
    return null;
  }
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(pause);
  if (document.visibilityState === 'hidden') pause = setTimeout(close, HIDDEN_MS);
  else if (listeners.size > 0) open();
});
addEventListener('online', () => {
  if (listeners.size === 0 || source !== null) return;
  close();
  open();
});
