import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CloudEvent } from '@anaquel/events';

/** What an endpoint does with a request that it has read. */
export type Behaviour = (response: ServerResponse, events: readonly CloudEvent[]) => void;

/** An endpoint of a partner, on this machine. */
export interface Endpoint {
  readonly url: string;
  behaviour: Behaviour;
  /** The events of all requests that it answered well, in their order. */
  readonly taken: CloudEvent[];
  /** The `webhook-id` of each request, and how many events it had. */
  readonly requests: { readonly id: string; readonly events: number }[];
  /** Refuses connections until `listen`, at the same address. */
  stopListening(): Promise<void>;
  listen(): Promise<void>;
}

export const answer =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end();

export async function startEndpoint(behaviour: Behaviour = answer(204)): Promise<Endpoint> {
  const server = createServer((request, response) => void take(request, response));

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(await text(request));
    const events = (Array.isArray(body) ? body : [body]) as CloudEvent[];
    endpoint.requests.push({ id: String(request.headers['webhook-id']), events: events.length });
    response.on('finish', () => {
      if (response.statusCode < 300) endpoint.taken.push(...events);
    });
    endpoint.behaviour(response, events);
  }

  const listenAt = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listenAt(0);
  const { port } = server.address() as AddressInfo;
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}/events`,
    behaviour,
    taken: [],
    requests: [],
    async stopListening() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    listen: () => listenAt(port),
  };
  return endpoint;
}
