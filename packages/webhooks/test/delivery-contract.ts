import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SETTINGS, type WebhookApi, type WebhookService } from './api-contract.ts';

interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An endpoint that keeps what it is told. */
async function startEndpoint() {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    taken.push({ headers: request.headers, body: await text(request) });
    response.end('thanks');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    taken,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Lets what a request says be read by the library of the standard. */
function verified({ headers, body }: Taken, secret: string): unknown {
  return new Verifier(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  });
}

const until = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 30_000, interval: 20 });

/** What a service tells the endpoints of its webhooks. */
export function webhookDeliveryContract({ subject, eventType, open }: WebhookApi): void {
  const type = `${subject}-webhooks`;
  const webhooks = `/api/v1/${type}`;
  const deliveryType = `${subject}-webhook-deliveries`;
  const deliveries = `/api/v1/${deliveryType}`;
  let service: WebhookService;
  let endpoint: Awaited<ReturnType<typeof startEndpoint>>;

  beforeAll(async () => {
    endpoint = await startEndpoint();
    service = await open(SETTINGS);
  });
  afterAll(async () => {
    await service?.close();
    await endpoint?.close();
  });

  const patch = (id: string, attributes: object) =>
    service.ask('PATCH', `${webhooks}/${id}`, { body: { data: { type, id, attributes } } });
  const request = (cause: string, relationships: object) =>
    service.ask('POST', deliveries, {
      body: { data: { type: deliveryType, attributes: { cause }, relationships } },
    });
  const countTaken = (count: number) => until(() => expect(endpoint.taken).toHaveLength(count));

  test('an endpoint is told what happens, signed; tests, repeats and replays are sent, a pause waits', async () => {
    const body = { data: { type, attributes: { url: endpoint.url, eventTypes: [eventType] } } };
    const made = await service.ask('POST', webhooks, { body });
    const { id } = made.json.data;
    const { secret } = made.json.data.attributes;
    await service.addEntry();
    await countTaken(1);
    const [first] = endpoint.taken;
    if (first === undefined) throw new Error('Nothing came');
    expect(verified(first, secret)).toMatchObject({ specversion: '1.0', type: eventType });

    const listed = `${deliveries}?filter[webhook]=${id}&filter[status]=delivered`;
    const delivered = async () => (await service.ask('GET', listed)).json.data;
    await until(async () => expect(await delivered()).toHaveLength(1));
    const [delivery] = await delivered();
    expect(delivery.attributes).toMatchObject({
      cause: 'event',
      eventType,
      attempt: 1,
      responseStatus: 200,
      responseBody: 'thanks',
      failure: null,
    });
    expect(first.body.startsWith(delivery.attributes.requestBody)).toBe(true);

    await request('test', { webhook: { data: { type, id } } });
    await countTaken(2);
    await request('repeat', { delivery: { data: { type: deliveryType, id: delivery.id } } });
    await countTaken(3);
    expect(endpoint.taken[2]?.body).toBe(first.body);
    expect(endpoint.taken[2]?.headers['webhook-id']).toBe(first.headers['webhook-id']);

    await patch(id, { status: 'paused' });
    await service.addEntry();
    await service.addEntry();
    await patch(id, { status: 'active' });
    // Whoever delivers may notice the pause late: then they are sent twice.
    const ids = () => new Set(endpoint.taken.map((each) => JSON.parse(each.body).id));
    await until(() => expect(ids().size).toBe(4));
    const start = Number(JSON.parse(first.body).order.split('.')[0]);
    const before = endpoint.taken.length;
    expect((await patch(id, { replayFrom: start - 1 })).status).toBe(200);
    const again = () =>
      new Set(endpoint.taken.slice(before).map((each) => JSON.parse(each.body).id));
    await until(() => expect(again().size).toBe(3));
  });
}
