import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { Upstream } from '../application/upstream.ts';
import { targets, type Target } from '../domain/target.ts';
import type { Ports } from './ports.ts';

type Status = 'ok' | 'degraded' | 'failed';

interface ServiceHealth {
  readonly status: Status;
  readonly latencyMs: number;
}

const CHECK_WITHIN_MS = 2_000;
const statuses = { type: 'string', enum: ['ok', 'degraded', 'failed'] };
const tags = ['Health'];

function json(description: string, properties: object): object {
  const schema = { type: 'object', required: Object.keys(properties), properties };
  return { 200: { description, content: { 'application/json': { schema } } } };
}

/**
 * `/health` tells how both services are, and how long they took to say so. `/health/ready` is about
 * the gateway alone: it can do its work without them, which is to say so.
 */
export function healthRoutes(app: FastifyInstance, { upstreams }: Pick<Ports, 'upstreams'>): void {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  const service = {
    type: 'object',
    required: ['status', 'latencyMs'],
    properties: { status: statuses, latencyMs: { type: 'number' } },
  };
  const services = { type: 'object', properties: { products: service, inventory: service } };
  const health = json('Both services, and what follows for the shop.', {
    status: statuses,
    services,
  });
  app.get(
    '/health',
    { schema: { tags, summary: 'How is the shop?', response: health } },
    async () => {
      const [products, inventory] = await Promise.all(
        targets.map((name) => check(upstreams[name])),
      );
      return { status: overall([products, inventory]), services: { products, inventory } };
    },
  );

  const live = json('Yes.', { status: statuses });
  app.get(
    '/health/live',
    { schema: { tags, summary: 'Is the gateway alive?', response: live } },
    () => ({ status: 'ok' }),
  );

  const checks = { type: 'object', additionalProperties: statuses };
  const ready = json('Yes.', { status: statuses, checks });
  app.get(
    '/health/ready',
    { schema: { tags, summary: 'Can the gateway work?', response: ready } },
    async () => {
      const found = await Promise.all(targets.map((name) => readyCheck(name)));
      return { status: 'ok', checks: Object.fromEntries(found) };
    },
  );

  async function readyCheck(name: Target): Promise<[Target, Status]> {
    const { status } = await check(upstreams[name]);
    return [name, status === 'ok' ? 'ok' : 'degraded'];
  }
}

/** In milliseconds with one decimal. */
async function check(upstream: Upstream): Promise<ServiceHealth> {
  const startedAt = performance.now();
  const status = await statusOf(upstream).catch((): Status => 'failed');
  return { status, latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 };
}

async function statusOf(upstream: Upstream): Promise<Status> {
  const signal = AbortSignal.timeout(CHECK_WITHIN_MS);
  const answer = await upstream.send({ method: 'GET', url: '/health/ready', headers: {}, signal });
  if (!answer.ok) return 'failed';
  const said = await text(answer.body);
  if (answer.status !== 200) return 'failed';
  const { checks = {} } = JSON.parse(said) as { checks?: Record<string, unknown> };
  return Object.values(checks).every((one) => one === 'ok') ? 'ok' : 'degraded';
}

function overall(services: readonly (ServiceHealth | undefined)[]): Status {
  const found = services.map((one) => one?.status);
  if (found.every((status) => status === 'ok')) return 'ok';
  return found.every((status) => status === 'failed') ? 'failed' : 'degraded';
}
