import { afterEach } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createService, type GatewayService, type Overrides } from '../../src/service.ts';
import { startFakeService, type FakeService } from './fake-service.ts';

export const PASSWORD = 'correct-horse-battery';
export const KEYS = { STOREFRONT_API_KEY: 'key-of-shoppers', OPERATOR_API_KEY: 'key-of-operators' };

export interface TestGateway {
  readonly url: string;
  readonly products: FakeService;
  readonly inventory: FakeService;
  readonly service: GatewayService;
  readonly log: string[];
  send(path: string, options?: Sent): Promise<Response>;
  /** The cookie of a new session with that role, as a browser sends it back. */
  cookieOf(role: 'shopper' | 'operator'): Promise<string>;
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

/** A gateway as `main.ts` makes it, with fakes of the two services. */
export async function startGateway(
  env: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<TestGateway> {
  const [products, inventory] = await Promise.all([startFakeService(), startFakeService()]);
  const log: string[] = [];
  const config = readConfig(
    {
      ...KEYS,
      OPERATOR_PASSWORD: PASSWORD,
      PRODUCTS_BASE_URL: products.url,
      INVENTORY_BASE_URL: inventory.url,
      LOG_LEVEL: 'debug',
      PORT: '0',
      ...env,
    },
    '.',
  );
  const service = await createService(config, {
    logStream: { write: (line) => void log.push(line) },
    ...overrides,
  });
  running.push({
    async close() {
      // The test has its answers: the close need not wait for what may come on kept connections.
      service.app.server.closeAllConnections();
      await service.close();
      await Promise.all([products.stop(), inventory.stop()]);
    },
  });
  const url = await service.listen();
  const send = (path: string, options: Sent = {}): Promise<Response> => fetch(url + path, options);
  return {
    url,
    products,
    inventory,
    service,
    log,
    send,
    async cookieOf(role) {
      const answer = await (role === 'shopper' ? send('/session') : signIn(send, PASSWORD));
      return cookieIn(answer);
    },
  };
}

export function signIn(
  send: TestGateway['send'],
  password: string,
  headers = {},
): Promise<Response> {
  return send('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ password }),
  });
}

export function cookieIn(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

export async function codeOf(answer: Response): Promise<string> {
  const { errors } = (await answer.json()) as { errors: { code: string; status: string }[] };
  if (errors[0]?.status !== String(answer.status)) throw new Error('The statuses differ');
  return errors[0].code;
}
