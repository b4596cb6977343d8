import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CloudEvent } from '@anaquel/events';
import { Webhook as Verifier } from 'standardwebhooks';
import { expect } from 'vitest';
import type { Answer, Call } from './http-caller.ts';
import { resourceIn } from './stocked-shop.ts';

/** An endpoint that takes everything that is signed as it must be. */
export interface ToldEndpoint {
  /** Makes a webhook that leads to this path. */
  makeWebhook(path: string, attributes: object): Promise<void>;
  /** What came there, in its order, repeats too. */
  taken(path: string): readonly CloudEvent[];
  /** All of these have come there, and those of each product in order, whatever came again. */
  expectAll(path: string, events: readonly CloudEvent[]): void;
  /** The events of the feed. */
  feed(): Promise<CloudEvent[]>;
  stop(): Promise<void>;
}

export const webhookSettings = {
  WEBHOOKS_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  WEBHOOKS_ALLOW_PRIVATE: 'true',
};

/** @param call asks an Inventory */
export async function startToldEndpoint(
  call: (call: Call) => Promise<Answer>,
): Promise<ToldEndpoint> {
  const all = new Map<string, CloudEvent[]>();
  const secrets = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const body = await text(request);
    // What is not signed as it must be ends the test.
    const told: unknown = new Verifier(secrets.get(path) ?? '').verify(body, {
      'webhook-id': String(request.headers['webhook-id']),
      'webhook-timestamp': String(request.headers['webhook-timestamp']),
      'webhook-signature': String(request.headers['webhook-signature']),
    });
    all.get(path)?.push(...([told].flat() as CloudEvent[]));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const taken = (path: string): readonly CloudEvent[] => all.get(path) ?? [];
  return {
    taken,
    async makeWebhook(path, attributes) {
      all.set(path, []);
      const data = {
        type: 'stock-webhooks',
        attributes: { url: `${origin}${path}`, ...attributes },
      };
      const made = await call({
        method: 'POST',
        path: '/api/v1/stock-webhooks',
        headers: { 'content-type': 'application/vnd.api+json' },
        body: { data },
      });
      secrets.set(path, String(resourceIn(made).attributes['secret']));
    },
    expectAll(path, events) {
      const came = firsts(taken(path));
      expect(came.length).toBe(events.length);
      for (const subject of new Set(events.map((event) => event.subject)))
        expect(ordersOf(came, subject)).toEqual(ordersOf(events, subject));
    },
    async feed() {
      const events: CloudEvent[] = [];
      for (let after = 0; ;) {
        const { body } = await call({
          path: `/api/v1/stock-events?page[size]=1000&page[after]=${after}`,
        });
        const { data } = body as {
          data: { attributes: { position: number; event: CloudEvent } }[];
        };
        if (data.length === 0) return events;
        events.push(...data.map(({ attributes }) => attributes.event));
        after = data.at(-1)?.attributes.position ?? 0;
      }
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Each one when it came first. */
function firsts(events: readonly CloudEvent[]): CloudEvent[] {
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}

function ordersOf(events: readonly CloudEvent[], subject: string): string[] {
  return events.filter((event) => event.subject === subject).map(({ order }) => order);
}
