import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeService {
  readonly url: string;
  /** The requests, without health checks, in order. */
  readonly received: Received[];
  /** Its answer from now on, except to health checks. */
  behave(behaviour: Behaviour): void;
  /** Stops answering from now on, or answers again. */
  hang(hangs: boolean): void;
  /** Whether it says that it is ready, though it lives; it does at first. */
  ready(isReady: boolean): void;
  /** How many connections were opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

export const answerEmpty: Behaviour = (_request, response) => {
  response.setHeader('content-type', 'application/vnd.api+json').end('{"data":null}');
};

/** Replaces a service that must fail, or record exactly what it is sent. */
export async function startFakeService(): Promise<FakeService> {
  const received: Received[] = [];
  let behaviour = answerEmpty;
  let connections = 0;
  let hangs = false;
  let isReady = true;
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    if (url.startsWith('/health')) {
      if (url === '/health/ready' && !isReady) response.statusCode = 503;
      if (!hangs) response.end('{"status":"ok","checks":{}}');
      return;
    }
    received.push({ method, url, headers, body: await text(request) });
    if (!hangs) behaviour(request, response);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    behave: (next) => {
      behaviour = next;
    },
    hang: (now) => {
      hangs = now;
    },
    ready: (now) => {
      isReady = now;
    },
    connections: () => connections,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
