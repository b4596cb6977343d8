import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_KEY } from './shop.ts';

/** Endpoints of partners, of which one is slow, and the webhooks that lead to them. */
export interface BenchWebhooks {
  /** Of the services. */
  readonly settings: Readonly<Record<string, string>>;
  /** Makes them at an Inventory: some match, most match nothing, one is down, and one is slow. */
  make(origin: string): Promise<void>;
  /** How many requests the endpoints have answered. */
  count(): number;
  stop(): Promise<void>;
}

export const WEBHOOKS = 100;
/** So many get the events of five products each: of 2,000 purchases a second 100 events. */
const MATCHING = 5;
const PRODUCTS_OF_ONE = 5;
const SLOW_ANSWER_MS = 500;

export async function startWebhooks(): Promise<BenchWebhooks> {
  let answered = 0;
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(
      () => {
        answered += 1;
        response.writeHead(204).end();
      },
      request.url === '/slow' ? SLOW_ANSWER_MS : 0,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    settings: {
      WEBHOOKS_SECRET_KEY: randomBytes(32).toString('base64'),
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    },
    async make(origin) {
      await makeWebhook(origin, { url: 'http://127.0.0.1:1/down' });
      await makeWebhook(origin, { url: `${endpoint}/slow` });
      for (let number = 2; number < WEBHOOKS; number += 1) {
        const first = number * PRODUCTS_OF_ONE + (number < MATCHING + 2 ? 0 : 1_000_000);
        const productIds = Array.from({ length: PRODUCTS_OF_ONE }, (_, index) =>
          String(first + index),
        );
        await makeWebhook(origin, { url: `${endpoint}/${number}`, productIds });
      }
    },
    count: () => answered,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function makeWebhook(origin: string, attributes: object): Promise<void> {
  const answer = await fetch(`${origin}/api/v1/stock-webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.api+json', 'x-api-key': API_KEY },
    body: JSON.stringify({ data: { type: 'stock-webhooks', attributes } }),
  });
  if (answer.status !== 201) throw new Error(`A webhook was refused: ${await answer.text()}`);
}
