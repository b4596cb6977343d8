import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { breachesOf } from '@anaquel/jsonapi/rules';

export interface Call {
  readonly method?: string;
  /** With its query, sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. Without a content-type header, none is sent. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed when it is JSON, else undefined. */
  readonly body: unknown;
}

/** Only what hangs takes so long, also of two thousand requests at once on a busy machine. */
const timeoutMs = 60_000;

/** Whether every answer of this address must be JSON:API. */
const CANONICAL = /^\/api\/v1\/(?!inventory(?:[/?]|$)|stock-events\/stream)/;

/** An answer of a service that breaks a rule of JSON:API. */
export class BreachError extends Error {}

function assertJsonApi(call: Call, answer: Answer): void {
  if (!CANONICAL.test(call.path)) return;
  const breaches = breachesOf(answer, { ...call, url: call.path });
  if (breaches.length === 0) return;
  const requestLine = `${call.method ?? 'GET'} ${call.path}`;
  throw new BreachError(`${requestLine} breaks a rule:\n${breaches.join('\n')}\n${answer.text}`);
}

/**
 * An HTTP client that adds no headers and hides nothing, with at most 200 keep-alive connections.
 * It rejects with a BreachError when an answer of a canonical address breaks a rule of JSON:API.
 */
export function createHttpCaller() {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });

  function send(origin: string, call: Call): Promise<Answer> {
    const { method = 'GET', path, headers = {}, body } = call;
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const { hostname, port } = new URL(origin);
    const length = payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const outgoing = request({
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...headers, ...length },
        signal,
      });
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode = 0, headers: answered } = response;
          try {
            const answer = {
              status: statusCode,
              headers: answered,
              text,
              body: jsonIn(text, answered),
            };
            assertJsonApi(call, answer);
            resolve(answer);
          } catch (error) {
            reject(error);
          }
        });
      });
      outgoing.end(payload);
    });
  }

  return { send, close: () => agent.destroy() };
}

function jsonIn(text: string, headers: IncomingHttpHeaders): unknown {
  const isJson = /[/+]json\b/.test(headers['content-type'] ?? '');
  return isJson && text !== '' ? JSON.parse(text) : undefined;
}
