import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { API_KEY } from './shop.ts';

/** What one scenario asks for, again and again. */
export interface Requests {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Called for each request. */
  readonly next: () => { readonly path: string; readonly body?: object };
  /** Of the body; JSON:API when left out. */
  readonly mediaType?: string;
  /** Beside the key and what a body needs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many connections it keeps busy. */
  readonly connections?: number;
  /** How many requests all of them send a second; as many as are answered when left out. */
  readonly perSecond?: number;
  /** How many things one request does, when it is these that are counted. */
  readonly lines?: number;
}

/** What came of some time of load. */
export interface Load {
  readonly seconds: number;
  /** Of each request, in milliseconds; with a rate, from when its turn was. */
  readonly latenciesMs: readonly number[];
}

export const CONNECTIONS = 64;
const MEDIA_TYPE = 'application/vnd.api+json';
/** No answer for this long ends the run. */
const PATIENCE_MS = 20_000;

/**
 * Keeps connections, {@link CONNECTIONS} unless the requests say otherwise, busy for some seconds,
 * or until a signal is aborted, each with one request at a time. Several servers get the
 * connections by turns.
 *
 * It speaks just the HTTP that these servers answer with (a head, a Content-Length, a body) over
 * plain sockets: it shares the cores with what it measures, and a general client takes as much time
 * for a request as the server does.
 *
 * @throws when any answer is not a success: then what was measured is not what was meant.
 */
export async function load(
  origins: readonly string[],
  requests: Requests,
  until: number | AbortSignal,
): Promise<Load> {
  const { method, next, mediaType = MEDIA_TYPE, connections = CONNECTIONS, perSecond } = requests;
  const more = Object.entries(requests.headers ?? {}).map((pair) => `${pair.join(': ')}\r\n`);
  const paceMs = perSecond === undefined ? 0 : (connections / perSecond) * 1_000;
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const isOver = (nowMs: number) =>
    typeof until === 'number' ? nowMs >= startMs + until * 1_000 : until.aborted;
  const type = `content-type: ${mediaType}\r\n`;

  async function keepBusy(origin: string, index: number): Promise<void> {
    const { hostname, port, host } = new URL(origin);
    const head = `host: ${host}\r\nx-api-key: ${API_KEY}\r\n${more.join('')}`;
    const write = (): void => void socket.write(requestText(method, next(), head, type), 'latin1');
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setTimeout(PATIENCE_MS, () =>
      socket.destroy(new Error(`${origin} did not answer in ${PATIENCE_MS} ms`)),
    );
    await once(socket, 'connect');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    /** When the turn of the request began. */
    let beginMs = performance.now();
    let text = '';

    function sendInTurn(nowMs: number): void {
      const waitMs = beginMs + paceMs - nowMs;
      // A turn that is late counts from when it should have begun.
      beginMs = paceMs > 0 && waitMs <= 0 ? beginMs + paceMs : nowMs;
      if (waitMs <= 0) return write();
      setTimeout(() => {
        beginMs = performance.now();
        write();
      }, waitMs);
    }

    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${origin} closed a connection`)));
    socket.on('data', (chunk: Buffer) => {
      text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1');
      if (!isWhole(text)) return;
      if (text[STATUS_CLASS_AT] !== '2') return reject(new Error(`${origin} answered:\n${text}`));
      text = '';
      const nowMs = performance.now();
      latenciesMs.push(nowMs - beginMs);
      if (isOver(nowMs)) return resolve();
      sendInTurn(nowMs);
    });
    await delay((paceMs * index) / connections);
    beginMs = performance.now();
    write();
    await promise.finally(() => socket.destroy());
  }

  const shares = Array.from({ length: connections }, (_, index) =>
    origins.slice(index % origins.length).slice(0, 1),
  );
  await Promise.all(shares.flat().map(keepBusy));
  return { seconds: (performance.now() - startMs) / 1_000, latenciesMs };
}

/** The value below which that share of all values is; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

/** Asks a service once, and lets a server at `url` give that answer from now on. */
export async function giveAnswer(
  origin: string,
  { method, next, mediaType = MEDIA_TYPE, headers: more }: Requests,
  url: string,
): Promise<void> {
  const { path, body } = next();
  const headers = { ...more, 'x-api-key': API_KEY, 'content-type': mediaType };
  const key = { 'idempotency-key': crypto.randomUUID() };
  const answer = await fetch(origin + path, {
    method,
    headers: { ...headers, ...(body && key) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  const putAnswer = await fetch(url, {
    method: 'PUT',
    headers: { 'x-api-key': API_KEY, 'content-type': MEDIA_TYPE },
    body: text,
  });
  if (!putAnswer.ok) throw new Error(`PUT ${url} was answered ${putAnswer.status}`);
}

const STATUS_CLASS_AT = 'HTTP/1.1 '.length;

function requestText(
  method: string,
  { path, body }: ReturnType<Requests['next']>,
  head: string,
  type: string,
): string {
  if (body === undefined) return `${method} ${path} HTTP/1.1\r\n${head}\r\n`;
  // Bodies of these scenarios are ASCII, so characters are bytes.
  const json = JSON.stringify(body);
  return `${method} ${path} HTTP/1.1\r\n${head}${type}idempotency-key: bench-${crypto.randomUUID()}\r\ncontent-length: ${json.length}\r\n\r\n${json}`;
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  if (length === undefined) throw new Error(`An answer without a length:\n${text}`);
  return text.length >= headEnd + 4 + Number(length);
}
