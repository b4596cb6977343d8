import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

export interface AskOptions {
  /** Whose key: the service's own, or one with these scopes of webhooks alone. */
  readonly as?: 'master' | 'reader' | 'writer' | 'anonymous';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of every shape
  readonly json: any;
}

/** A service with webhooks, and with a log that grows when it is told to. */
export interface WebhookService {
  ask(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options?: AskOptions,
  ): Promise<Answer>;
  /** Adds one entry to the log. */
  addEntry(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhookApi {
  readonly subject: 'stock' | 'product';
  /** Of all events that `addEntry` makes. */
  readonly eventType: string;
  /** Opens a new service with these settings. */
  open(settings: Readonly<Record<string, string>>): Promise<WebhookService>;
}

export const SETTINGS = {
  WEBHOOKS_SECRET_KEY: randomBytes(32).toString('base64'),
  // Names are looked up otherwise.
  WEBHOOKS_ALLOW_PRIVATE: 'true',
};
const URL = 'http://127.0.0.9:9/hook';
const SECRET = /whsec_[A-Za-z0-9+/=]+/;

/** The promises of the webhooks of any service, by its public doors. */
export function webhookApiContract({ subject, eventType, open }: WebhookApi): void {
  const type = `${subject}-webhooks`;
  const webhooks = `/api/v1/${type}`;
  const deliveryType = `${subject}-webhook-deliveries`;
  const deliveries = `/api/v1/${deliveryType}`;
  let service: WebhookService;

  const bodyOf = (attributes: object, id?: string) => ({
    data: { type, ...(id !== undefined && { id }), attributes },
  });
  const create = (attributes: object = {}, options: AskOptions = {}) =>
    service.ask('POST', webhooks, { body: bodyOf({ url: URL, ...attributes }), ...options });
  const patch = (id: string, attributes: object, options: AskOptions = {}) =>
    service.ask('PATCH', `${webhooks}/${id}`, { body: bodyOf(attributes, id), ...options });
  const read = (id: string, options: AskOptions = {}) =>
    service.ask('GET', `${webhooks}/${id}`, options);
  const positionOf = async (id: string) => (await read(id)).json.data.attributes.position;
  const created = async (attributes: object = {}): Promise<string> => {
    // It is not delivered to: what the tests look at is theirs.
    const { status, json } = await create({ status: 'paused', ...attributes });
    expect(status).toBe(201);
    return json.data.id;
  };
  const codesOf = ({ json }: Answer) => json.errors.map(({ code }: { code: string }) => code);

  async function seeRefusal(answer: Answer, status: number, code: string, pointer?: string) {
    expect([answer.status, codesOf(answer)]).toEqual([status, [code]]);
    if (pointer !== undefined) expect(answer.json.errors[0].source).toEqual({ pointer });
  }

  const deliveryBody = (cause: string, relationships: object) => ({
    body: { data: { type: deliveryType, attributes: { cause }, relationships } },
  });
  const toWebhook = (id: string) => ({ webhook: { data: { type, id } } });
  const testOf = (id: string) =>
    service.ask('POST', deliveries, deliveryBody('test', toWebhook(id)));

  describe('with a key for secrets', () => {
    beforeAll(async () => {
      service = await open(SETTINGS);
    });
    afterAll(() => service?.close());

    test('a webhook is made, read, listed, changed and deleted', async () => {
      await service.addEntry();
      const answer = await create({ eventTypes: [eventType], productIds: ['7'], batch: 5 });
      expect(answer.status).toBe(201);
      const { id, attributes } = answer.json.data;
      expect(attributes).toMatchObject({
        url: URL,
        eventTypes: [eventType],
        productIds: ['7'],
        batch: 5,
        status: 'active',
        pausedReason: null,
        failingSince: null,
        previousSecretUntil: null,
        secret: expect.stringMatching(SECRET),
      });
      expect(String(answer.headers['location'])).toMatch(`${webhooks}/${id}`);
      const { secret: _secret, ...shown } = attributes;
      const found = await read(id);
      expect(found.json.data.attributes).toEqual({ ...shown, position: expect.any(Number) });
      const list = await service.ask('GET', `${webhooks}?filter[url]=${encodeURIComponent(URL)}`);
      expect(list.json.data.map((each: { id: string }) => each.id)).toEqual([id]);
      const changed = await patch(id, { eventTypes: null, batch: 1 });
      expect(changed.json.data.attributes).toMatchObject({ eventTypes: null, batch: 1 });
      expect(changed.headers['etag']).not.toBe(found.headers['etag']);
      expect((await service.ask('DELETE', `${webhooks}/${id}`)).status).toBe(204);
      await seeRefusal(await read(id), 404, 'not-found');
    });

    test('its secret is in the answer that made it, and in no other', async () => {
      const made = await create({ status: 'paused' });
      const { id } = made.json.data;
      const [first] = SECRET.exec(made.text) ?? [];
      const others = [
        await read(id),
        await service.ask('GET', webhooks),
        await patch(id, { batch: 2 }),
      ];
      const rotated = await patch(id, { rotateSecret: true });
      const { secret, previousSecretUntil } = rotated.json.data.attributes;
      expect(secret).toMatch(SECRET);
      expect(secret).not.toBe(first);
      const hours = (Date.parse(previousSecretUntil) - Date.now()) / 3_600_000;
      expect(Math.round(hours)).toBe(24);
      const test_ = await testOf(id);
      others.push(await read(id), await service.ask('GET', `${webhooks}?include=`), test_);
      others.push(await service.ask('GET', `${deliveries}/${test_.json.data.id}?include=webhook`));
      for (const { text } of others) expect(text).not.toMatch(/whsec_|sealed/i);
    });

    test('it is made once by requests with one key, and each has its secret', async () => {
      const headers = { 'idempotency-key': 'one key' };
      await seeRefusal(await create({}, { headers }), 400, 'invalid-parameter');
      headers['idempotency-key'] = 'one-key';
      const attributes = { status: 'paused', batch: 9 };
      const answers = await Promise.all([1, 2, 3].map(() => create(attributes, { headers })));
      answers.push(await create(attributes, { headers }));
      const [first] = answers;
      for (const { status, json } of answers) {
        expect(status).toBe(201);
        expect(json.data.id).toBe(first?.json.data.id);
        expect(json.data.attributes.secret).toBe(first?.json.data.attributes.secret);
      }
      const replays = answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true');
      expect(replays).toHaveLength(3);
      const other = await create({ ...attributes, batch: 8 }, { headers });
      await seeRefusal(other, 422, 'idempotency-key-reused');
      // It is another key of somebody else.
      const others = await create(attributes, { headers, as: 'writer' });
      expect([others.status, others.json.data.id]).not.toEqual([201, first?.json.data.id]);
      for (const answer of [first, others])
        await service.ask('DELETE', `${webhooks}/${answer?.json.data.id}`);
    });

    test('what is wrong with it is said, and nothing is made', async () => {
      const before = (await service.ask('GET', webhooks)).json.meta.page.total;
      const at = (name: string) => `/data/attributes/${name}`;
      for (const url of ['example.com', 'ftp://a.example/', 'http://u:p@a.example/', `${URL}#part`])
        await seeRefusal(await create({ url }), 422, 'invalid-attribute', at('url'));
      const unknown = await create({ eventTypes: ['stock.stolen'] });
      await seeRefusal(unknown, 422, 'invalid-attribute', `${at('eventTypes')}/0`);
      expect(unknown.json.errors[0].detail).toContain(eventType);
      await seeRefusal(
        await create({ eventTypes: [] }),
        422,
        'invalid-attribute',
        at('eventTypes'),
      );
      const many = Array.from({ length: 1_001 }, (_, index) => String(index + 1));
      await seeRefusal(
        await create({ productIds: many }),
        422,
        'invalid-attribute',
        at('productIds'),
      );
      await seeRefusal(await create({ batch: 101 }), 422, 'invalid-attribute', at('batch'));
      await seeRefusal(await create({ secret: 'mine' }), 403, 'read-only-attribute');
      await seeRefusal(await create({ color: 'red' }), 422, 'invalid-attribute', at('color'));
      expect((await service.ask('GET', webhooks)).json.meta.page.total).toBe(before);
      expect((await create({ productIds: many.slice(1) })).status).toBe(201);
    });

    test('with If-Match only the version that was read is changed or deleted', async () => {
      const id = await created();
      const { etag } = (await read(id)).headers as { etag: string };
      expect((await patch(id, { batch: 3 }, { headers: { 'if-match': etag } })).status).toBe(200);
      const late = { headers: { 'if-match': etag } };
      await seeRefusal(await patch(id, { batch: 4 }, late), 412, 'precondition-failed');
      const gone = await service.ask('DELETE', `${webhooks}/${id}`, late);
      await seeRefusal(gone, 412, 'precondition-failed');
      const same = await read(id);
      expect(same.json.data.attributes.batch).toBe(3);
      const known = { headers: { 'if-none-match': String(same.headers['etag']) } };
      expect((await read(id, known)).status).toBe(304);
      expect((await patch(id, { batch: 3 })).headers['etag']).toBe(same.headers['etag']);
    });

    test('changes that meet each other are all made', async () => {
      const id = await created();
      const changes = [{ batch: 9 }, { eventTypes: [eventType] }, { productIds: ['3'] }];
      const answers = await Promise.all(changes.map((each) => patch(id, each)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await read(id)).json.data.attributes).toMatchObject(Object.assign({}, ...changes));
    });

    test('a paused one waits where it is; lists tell paused ones from the others', async () => {
      const id = await created({ url: `${URL}/paused` });
      const place = await positionOf(id);
      await service.addEntry();
      expect(await positionOf(id)).toBe(place);
      const idsOf = async (query: string) => {
        const { json } = await service.ask('GET', `${webhooks}?${query}&page[size]=100`);
        return json.data.map((each: { id: string }) => each.id);
      };
      expect(await idsOf('filter[status]=paused')).toContain(id);
      expect(await idsOf('filter[pausedReason]=requested')).toContain(id);
      expect(await idsOf('filter[status]=active')).not.toContain(id);
      expect((await idsOf('sort=-createdAt'))[0]).toBe(id);
      const paused = (await read(id)).json.data.attributes;
      expect(paused).toMatchObject({ status: 'paused', pausedReason: 'requested' });
    });

    test('it is replayed from a position or an instant, and never leaves something out', async () => {
      const start = (await service.ask('GET', `${webhooks}/${await created()}`)).json.data
        .attributes.position;
      await service.addEntry();
      const between = new Date();
      // The clock of a service runs steadily, and that of the machine may be set.
      while (Date.now() <= between.getTime() + 200) await service.ask('GET', webhooks);
      await service.addEntry();
      const id = await created();
      const place = await positionOf(id);
      expect(place).toBe(start + 2);
      const to = async (replayFrom: unknown) =>
        (await patch(id, { replayFrom })).json.data?.attributes.position;
      expect(await to(start)).toBe(start);
      const pointer = '/data/attributes/replayFrom';
      const later = await patch(id, { replayFrom: place + 1 });
      await seeRefusal(later, 422, 'invalid-attribute', pointer);
      const other = await created();
      const since = await patch(other, {
        replayFrom: new Date(between.getTime() + 100).toISOString(),
      });
      expect(since.json.data.attributes.position).toBe(start + 1);
      const all = await patch(other, { replayFrom: '2001-01-01T00:00:00Z' });
      expect(all.json.data.attributes.position).toBe(0);
      for (const wrong of [-1, 1.5, 'yesterday', null, '2026-02-30T00:00:00Z'])
        await seeRefusal(await patch(id, { replayFrom: wrong }), 422, 'invalid-attribute', pointer);
    });

    test('a webhook that nothing matches is replayed from any position of the log', async () => {
      const quiet = { status: 'active', productIds: ['9007199254740991'] };
      const id = await created(quiet);
      let end = await positionOf(id);
      // Until whoever delivers has it come up to the others, nothing is left out anyway.
      await vi.waitFor(
        async () => {
          await service.addEntry();
          end += 1;
          expect((await patch(id, { replayFrom: end })).status).toBe(200);
        },
        { timeout: 30_000, interval: 20 },
      );
      expect(await positionOf(id)).toBeLessThanOrEqual(end);
      const late = await patch(id, { replayFrom: Number.MAX_SAFE_INTEGER });
      await seeRefusal(late, 422, 'invalid-attribute', '/data/attributes/replayFrom');
      await service.ask('DELETE', `${webhooks}/${id}`);
    });

    test('a test and a repeat are deliveries that wait; they are listed by their webhook', async () => {
      const [id, other] = [await created(), await created()];
      const made = await testOf(id);
      expect(made.status).toBe(201);
      expect(made.json.data).toMatchObject({
        attributes: {
          cause: 'test',
          status: 'pending',
          attempt: 1,
          eventCount: 1,
          firstOrder: null,
        },
        relationships: { webhook: { data: { type, id } }, delivery: { data: null } },
      });
      const again = { delivery: { data: { type: deliveryType, id: made.json.data.id } } };
      const repeat = await service.ask('POST', deliveries, deliveryBody('repeat', again));
      expect(repeat.json.data.attributes.cause).toBe('test');
      await testOf(other);
      const idsOf = async (query: string) => {
        const { json } = await service.ask('GET', `${deliveries}?${query}`);
        return json.data.map((each: { id: string }) => each.id);
      };
      const both = [repeat.json.data.id, made.json.data.id];
      expect(new Set(await idsOf(`filter[webhook]=${id}`))).toEqual(new Set(both));
      expect(await idsOf(`filter[webhook]=${id}&filter[cause]=event`)).toEqual([]);
      const [latest] = await idsOf('');
      expect((await service.ask('GET', `${deliveries}/${latest}`)).status).toBe(200);
      await service.ask('DELETE', `${webhooks}/${id}`);
      expect(await idsOf(`filter[webhook]=${id}`)).toEqual([]);
    });

    test('a delivery that cannot be is refused', async () => {
      const id = await created();
      const ask = (cause: string, relationships: object) =>
        service.ask('POST', deliveries, deliveryBody(cause, relationships));
      const none = '0193a7c4-0000-7000-8000-000000000000';
      const repeat = { delivery: { data: { type: deliveryType, id: none } } };
      await seeRefusal(await ask('test', {}), 400, 'invalid-document');
      await seeRefusal(await ask('repeat', toWebhook(id)), 400, 'invalid-document');
      await seeRefusal(await ask('test', { ...toWebhook(id), ...repeat }), 400, 'invalid-document');
      await seeRefusal(await ask('test', toWebhook(none)), 404, 'not-found');
      await seeRefusal(await ask('repeat', repeat), 404, 'not-found');
      await seeRefusal(await ask('event', toWebhook(id)), 422, 'invalid-attribute');
    });

    test('who may read may not change, and without a scope nobody sees anything', async () => {
      const id = await created();
      const delivery = (await testOf(id)).json.data.id;
      const paths = [webhooks, `${webhooks}/${id}`, deliveries, `${deliveries}/${delivery}`];
      for (const path of paths) {
        expect((await service.ask('GET', path, { as: 'reader' })).status).toBe(200);
        const answer = await service.ask('GET', path, { as: 'anonymous' });
        await seeRefusal(answer, 401, 'key-required');
      }
      await seeRefusal(await create({}, { as: 'reader' }), 403, 'scope-missing');
      await seeRefusal(await patch(id, { batch: 2 }, { as: 'reader' }), 403, 'scope-missing');
      const remove = await service.ask('DELETE', `${webhooks}/${id}`, { as: 'reader' });
      await seeRefusal(remove, 403, 'scope-missing');
      const send = { ...deliveryBody('test', toWebhook(id)), as: 'reader' } as const;
      await seeRefusal(await service.ask('POST', deliveries, send), 403, 'scope-missing');
      expect((await patch(id, { batch: 2 }, { as: 'writer' })).status).toBe(200);
      expect((await service.ask('DELETE', `${webhooks}/${id}`, { as: 'writer' })).status).toBe(204);
    });
  });

  test('an endpoint within is refused unless private addresses are allowed', async () => {
    service = await open({ ...SETTINGS, WEBHOOKS_ALLOW_PRIVATE: 'false' });
    for (const url of ['https://127.1/', 'https://[::ffff:10.0.0.1]/', 'http://example.com/'])
      await seeRefusal(await create({ url }), 422, 'invalid-attribute', '/data/attributes/url');
    await service.close();
  });

  test('without a key for secrets the service says which setting it needs', async () => {
    service = await open({});
    const made = await create();
    await seeRefusal(made, 503, 'webhooks-not-set-up');
    expect(made.json.errors[0].detail).toContain('WEBHOOKS_SECRET_KEY');
    expect((await service.ask('GET', webhooks)).json.data).toEqual([]);
    await service.close();
  });
}
