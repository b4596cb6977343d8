import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { Upstream, UpstreamAnswer } from '../application/upstream.ts';
import type { Ports } from './ports.ts';

type Status = 'ok' | 'degraded' | 'failed';

interface ServiceHealth {
  readonly status: Status;
  /** With one decimal. */
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
 * `/health` tells how the services are, and how long they took to say so; one of which only some
 * replicas are well is `degraded`. `/health/ready` is about the gateway alone: it can do its work
 * without them, which is to say so.
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
  const properties = Object.fromEntries(upstreams.map(({ target }) => [target.name, service]));
  const services = { type: 'object', properties };
  const health = json('The services, and what follows for the shop.', {
    status: statuses,
    services,
  });
  app.get(
    '/health',
    { schema: { tags, summary: 'How is the shop?', response: health } },
    async () => {
      const healths = await checkAll(upstreams);
      const status = overall(healths.map(([, one]) => one.status));
      return { status, services: Object.fromEntries(healths) };
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
      const healths = await checkAll(upstreams);
      const entries = healths.map(([name, { status }]) => [
        name,
        status === 'ok' ? 'ok' : 'degraded',
      ]);
      return { status: 'ok', checks: Object.fromEntries(entries) };
    },
  );
}

type NamedHealth = readonly [name: string, health: ServiceHealth];

function checkAll(upstreams: readonly Upstream[]): Promise<NamedHealth[]> {
  return Promise.all(upstreams.map(async (one) => [one.target.name, await check(one)] as const));
}

async function check(upstream: Upstream): Promise<ServiceHealth> {
  const startedAt = performance.now();
  const status = await statusOf(upstream);
  return { status, latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 };
}

async function statusOf(upstream: Upstream): Promise<Status> {
  const signal = AbortSignal.timeout(CHECK_WITHIN_MS);
  const request = { method: 'GET', url: '/health/ready', headers: {}, signal };
  const answers = await upstream.sendToEach(request);
  return overall(
    await Promise.all(answers.map((one) => statusIn(one).catch(() => 'failed' as const))),
  );
}

async function statusIn(answer: UpstreamAnswer): Promise<Status> {
  if (!answer.ok) return 'failed';
  const body = await text(answer.body);
  if (answer.status !== 200) return 'failed';
  const { checks = {} } = JSON.parse(body) as { checks?: Record<string, unknown> };
  return Object.values(checks).every((one) => one === 'ok') ? 'ok' : 'degraded';
}

/** Of the services of a shop, or of the replicas of a service. */
function overall(parts: readonly Status[]): Status {
  const every = (candidate: Status): boolean => parts.every((status) => status === candidate);
  if (every('ok')) return 'ok';
  return every('failed') ? 'failed' : 'degraded';
}
