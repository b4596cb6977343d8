import type { FastifyInstance } from 'fastify';
import { createFailureLog } from '../process/failure-log.ts';

/** What a service says about itself. */
export interface Readiness {
  /**
   * Its own database. `degraded`: the service answers what it is asked, and refuses changes.
   * Rejects while it can't do even that.
   */
  database(): Promise<'ok' | 'degraded'>;
  /** The services that it asks. One that is down leaves the whole `ok`. */
  readonly neighbours?: Readonly<Record<string, () => 'ok' | 'degraded'>>;
}

/** A check that hangs is a check that failed. */
const READINESS_TIMEOUT_MS = 2_000;

const RETRY_AFTER_SECONDS = '1';

const statusSchema = {
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string' } },
};
const readySchema = {
  type: 'object',
  required: ['status', 'checks'],
  properties: {
    status: { type: 'string', enum: ['ok', 'degraded', 'failed'] },
    checks: {
      type: 'object',
      additionalProperties: { type: 'string', enum: ['ok', 'degraded', 'failed'] },
    },
  },
};

/**
 * `/health`, `/health/live`: the process answers. `/health/ready`: it can do its work, else 503.
 */
export async function health(
  app: FastifyInstance,
  { readiness: { database, neighbours = {} } }: { readiness: Readiness },
): Promise<void> {
  const noteFailure = createFailureLog(app.log, 'the database does not answer');
  for (const path of ['/health', '/health/live']) {
    app.get(
      path,
      {
        config: { scope: 'open' },
        schema: schemaOf('Is the process alive?', { 200: statusSchema }),
      },
      () => ({ status: 'ok' }),
    );
  }

  app.get(
    '/health/ready',
    {
      config: { scope: 'open' },
      schema: schemaOf('Can it do its work?', { 200: readySchema, 503: readySchema }),
    },
    async (_request, reply) => {
      const status = await withTimeout(database).catch((error: unknown) => {
        noteFailure({ err: error });
        return 'failed' as const;
      });
      const others = Object.entries(neighbours).map(([name, check]) => [name, check()]);
      const isReady = status !== 'failed';
      if (!isReady) reply.header('retry-after', RETRY_AFTER_SECONDS);
      const checks = { database: status, ...Object.fromEntries(others) };
      return reply.code(isReady ? 200 : 503).send({ status, checks });
    },
  );
}

function schemaOf(summary: string, answers: Record<number, object>): object {
  const response = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: status === '200' ? 'Yes.' : 'No.', content: { 'application/json': { schema } } },
  ]);
  return { summary, tags: ['Health'], response: Object.fromEntries(response) };
}

async function withTimeout<Result>(check: () => Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no result within ${READINESS_TIMEOUT_MS} ms`)),
    READINESS_TIMEOUT_MS,
  );
  try {
    return await Promise.race([check(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
