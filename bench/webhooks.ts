import { randomBytes } from 'node:crypto';
import { projectFolder } from '../tools/settings.ts';
import { API_KEY, startServer } from './shop.ts';

/** An endpoint of partners, and the webhooks that lead to it. */
export interface BenchWebhooks {
  /** Of the services. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the process of the endpoint. */
  readonly pid: number;
  /**
   * Makes them at an Inventory: one is down, one is slow, some match, and most match nothing.
   *
   * @param from how many there are already
   */
  make(origin: string, from: number, to: number): Promise<void>;
  /** How many requests the endpoint has answered. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** So many get the events of five products each: of 500 purchases a second 100 events. */
const MATCHING = 20;
const PRODUCTS_OF_ONE = 5;
const MADE_AT_ONCE = 8;

export async function startWebhooks(): Promise<BenchWebhooks> {
  const endpoint = await startServer('bench/endpoint.ts', { folder: projectFolder, env: {} });
  const { origin: url, pid } = endpoint;

  function attributesOf(number: number): object {
    if (number === 0) return { url: 'http://127.0.0.1:1/down' };
    if (number === 1) return { url: `${url}/slow` };
    const first = number * PRODUCTS_OF_ONE + (number < MATCHING + 2 ? 0 : 1_000_000);
    const productIds = Array.from({ length: PRODUCTS_OF_ONE }, (_, index) => String(first + index));
    return { url: `${url}/${number}`, productIds };
  }

  return {
    settings: {
      WEBHOOKS_SECRET_KEY: randomBytes(32).toString('base64'),
      WEBHOOKS_ALLOW_PRIVATE: 'true',
    },
    pid,
    async make(origin, from, to) {
      let next = from;
      async function makeSome(): Promise<void> {
        while (next < to) await makeWebhook(origin, attributesOf(next++));
      }
      await Promise.all(Array.from({ length: MADE_AT_ONCE }, makeSome));
    },
    count: async () => Number(await (await fetch(url)).text()),
    stop: () => endpoint.stop(),
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
