import { ifMatchVersions, JsonApiError, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { changeWebhook, type WebhookInput } from '../change-webhook.ts';
import { endpointUrlProblems } from '../endpoint/endpoint-url.ts';
import { headOf, positionBefore } from '../replay-position.ts';
import { createSecret } from '../signature.ts';
import { MAX_WEBHOOKS } from '../webhook-register.ts';
import type { WebhookWithProgress } from '../webhook-store.ts';
import { creationHeaders, creationKeyOf, type CreationKey } from './creation-key.ts';
import { webhookList } from './lists.ts';
import type { WebhookPorts } from './ports.ts';
import { errorResponses, invalid, orUnknown, webhookProblem } from './problems.ts';
import { requireSeal } from './require-seal.ts';
import { readReplay, webhookBodies } from './webhook-bodies.ts';
import type { ShownWebhook, webhookResource } from './webhook-resource.ts';

/** Others may change the same webhook meanwhile: a change is tried so often. */
const MAX_TRIES = 10;

const ifMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag that the webhook must still have.' }),
  ),
});

const creationProblems = errorResponses(
  'invalid-document',
  'client-generated-id',
  'read-only-attribute',
  'type-conflict',
  'invalid-parameter',
  'webhook-limit',
  'invalid-attribute',
  'idempotency-key-reused',
  'webhooks-not-set-up',
  'unavailable',
  'outcome-unknown',
);

const updateProblems = errorResponses(
  'invalid-document',
  'read-only-attribute',
  'not-found',
  'type-conflict',
  'id-conflict',
  'precondition-failed',
  'invalid-attribute',
  'webhooks-not-set-up',
  'unavailable',
  'outcome-unknown',
);

const removalProblems = errorResponses(
  'not-found',
  'precondition-failed',
  'unavailable',
  'outcome-unknown',
);

/** The webhooks themselves, below `/api/v1`. */
export function webhookRoutes(
  app: FastifyInstance,
  resource: ReturnType<typeof webhookResource>,
  ports: WebhookPorts,
): void {
  const { subject, access, register } = ports;
  const bodies = webhookBodies(resource.type, ports.eventTypes);
  resourceRoutes(app, resource, {
    path: `/${resource.type}`,
    tags: ['Webhooks'],
    origin: ports.origin,
    list: {
      config: access.read,
      summary: 'List webhooks',
      description:
        'A list that is filtered counts up to 1,000: where there are more, `meta.page.totalIsCapped` is true.',
      refusals: errorResponses('invalid-parameter', 'unavailable'),
      declaration: webhookList,
      run: (list) => register.webhooks(list),
    },
    read: {
      config: access.read,
      summary: 'Read a webhook',
      description:
        'With `If-None-Match` and the ETag of the last answer, 304 when nothing has changed.',
      refusals: errorResponses('not-found', 'unavailable'),
      run: (id) => requireWebhook(ports, id),
    },
    create: {
      config: access.write,
      summary: 'Create a webhook',
      description: `It gets the events that happen from now on. The answer has its secret, and no other one will. There can be ${MAX_WEBHOOKS.toLocaleString('en')} webhooks.`,
      headers: creationHeaders,
      refusals: creationProblems,
      body: bodies.created,
      run: ({ attributes }, request, reply) => createWebhook(ports, attributes, request, reply),
    },
    update: {
      config: access.write,
      summary: 'Change, pause, resume or replay a webhook',
      description:
        'What is left out stays. `status` `active` resumes a paused one where it was, `replayFrom` begins again earlier, and `rotateSecret` makes a new secret. With `If-Match` and an ETag, only that version is changed.',
      headers: ifMatchHeader,
      refusals: updateProblems,
      body: {
        ...bodies.updated,
        example: {
          data: {
            type: resource.type,
            id: '0193a7c4-0000-7000-8000-000000000000',
            attributes: { batch: 10 },
          },
        },
      },
      run: (id, { attributes }, request) => updateWebhook(ports, id, attributes, request),
    },
    remove: {
      config: access.write,
      summary: 'Delete a webhook',
      description: `With all that is known of its deliveries. With \`If-Match\` and an ETag, only that version is deleted. \`status\` \`paused\` keeps it, and the events wait. A ${subject} webhook that was deleted can't come back.`,
      headers: ifMatchHeader,
      refusals: removalProblems,
      run: (id, request) => removeWebhook(ports, id, request),
    },
  });
}

/** @throws {JsonApiError} 404 */
export async function requireWebhook(
  { register, subject }: Pick<WebhookPorts, 'register' | 'subject'>,
  id: string,
): Promise<WebhookWithProgress> {
  const found = await register.webhook(id);
  if (found !== null) return found;
  throw new JsonApiError(
    protocolProblem(
      'not-found',
      `There is no webhook with this id. GET /api/v1/${subject}-webhooks lists them.`,
    ),
  );
}

type UpdateInput = WebhookInput & {
  readonly rotateSecret?: boolean;
  readonly replayFrom?: number | string;
};

async function createWebhook(
  ports: WebhookPorts,
  attributes: WebhookInput & { readonly url: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ShownWebhook> {
  const { register, readEvents, clock, newId, onChange } = ports;
  const seal = requireSeal(ports);
  const input = inputFrom(attributes);
  const key = creationKeyOf(request, input);
  const madeBefore = key && (await replayed(ports, key, reply));
  if (madeBefore) return madeBefore;
  const { url, eventTypes = null, productIds = null, batch = 1, status } = input;
  await assertUrl(ports, attributes.url);
  const at = clock();
  const id = newId(at);
  const secret = createSecret();
  const cursor = await headOf(readEvents);
  const webhook = {
    id,
    url: url ?? attributes.url,
    eventTypes,
    productIds,
    batch,
    pausedReason: status === 'paused' ? ('requested' as const) : null,
    sealedSecret: seal.seal(secret, id),
    sealedPreviousSecret: null,
    previousSecretUntil: null,
    version: 1,
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    creationKey: key && key.creationKey,
    creationFingerprint: key && key.creationFingerprint,
  };
  if (!(await orUnknown(register.add(webhook, cursor)))) {
    // The same request may have come twice at once.
    const madeMeanwhile = key && (await replayed(ports, key, reply));
    if (madeMeanwhile) return madeMeanwhile;
    throw tooMany();
  }
  onChange();
  return { ...(await requireWebhook(ports, id)), secret };
}

/** What an earlier request with this key has made, with its secret; null for nothing. */
async function replayed(
  ports: WebhookPorts,
  { creationKey, creationFingerprint }: CreationKey,
  reply: FastifyReply,
): Promise<ShownWebhook | null> {
  const made = await ports.register.webhookMadeBy(creationKey);
  if (made === null) return null;
  const { id, sealedSecret } = made.webhook;
  if (made.webhook.creationFingerprint !== creationFingerprint)
    throw new JsonApiError(
      webhookProblem(
        'idempotency-key-reused',
        'This Idempotency-Key made another webhook. Send a new key for a new request.',
        { source: { header: 'Idempotency-Key' } },
      ),
    );
  reply.header('idempotency-replayed', 'true');
  return { ...made, secret: requireSeal(ports).open(sealedSecret, id) };
}

async function updateWebhook(
  ports: WebhookPorts,
  id: string,
  attributes: UpdateInput,
  request: FastifyRequest,
): Promise<ShownWebhook> {
  const { register, clock, onChange } = ports;
  const secret = attributes.rotateSecret === true ? createSecret() : null;
  const sealedSecret = secret === null ? null : requireSeal(ports).seal(secret, id);
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const current = await requireVersion(ports, id, request);
    const { url } = attributes;
    if (url !== undefined && url !== current.webhook.url) await assertUrl(ports, url);
    const replayAfter = await replayIn(ports, current, attributes);
    const change = changeWebhook(current, inputFrom(attributes), {
      at: clock(),
      sealedSecret,
      replayAfter,
    });
    if (change === null) return current;
    if (!(await orUnknown(register.change(change.webhook, change.progress)))) continue;
    onChange();
    return { ...(await requireWebhook(ports, id)), ...(secret !== null && { secret }) };
  }
  throw busy();
}

async function removeWebhook(
  ports: WebhookPorts,
  id: string,
  request: FastifyRequest,
): Promise<void> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const { webhook } = await requireVersion(ports, id, request);
    if (!(await orUnknown(ports.register.remove(id, webhook.version)))) continue;
    ports.onChange();
    return;
  }
  throw busy();
}

/** @throws {JsonApiError} 404, and 412 when it has none of the versions of the `If-Match`. */
async function requireVersion(
  ports: WebhookPorts,
  id: string,
  request: FastifyRequest,
): Promise<WebhookWithProgress> {
  const current = await requireWebhook(ports, id);
  const { version } = current.webhook;
  const expected = ifMatchVersions(request.headers['if-match']);
  if (expected === null || expected.includes(version)) return current;
  throw new JsonApiError(
    protocolProblem(
      'precondition-failed',
      'The webhook has changed since you read it. Read it again, and send the change with the new ETag if it still applies.',
      { source: { header: 'If-Match' }, meta: { version } },
    ),
  );
}

/** Only what a webhook is made of: a body may have `@`-members. */
function inputFrom({ url, eventTypes, productIds, batch, status }: WebhookInput): WebhookInput {
  return {
    ...(url !== undefined && { url }),
    ...(eventTypes !== undefined && { eventTypes }),
    ...(productIds !== undefined && { productIds }),
    ...(batch !== undefined && { batch }),
    ...(status !== undefined && { status }),
  };
}

async function assertUrl({ checkUrl }: WebhookPorts, url: string): Promise<void> {
  const problem = await checkUrl(url);
  if (problem === null) return;
  throw invalid(
    '/data/attributes/url',
    `The address cannot be used. ${endpointUrlProblems[problem]}`,
    { reason: problem },
  );
}

/** The position after which to deliver again; null for none. */
async function replayIn(
  { readEvents }: WebhookPorts,
  { progress: { cursor, behind } }: WebhookWithProgress,
  { replayFrom }: UpdateInput,
): Promise<number | null> {
  if (replayFrom === undefined) return null;
  const pointer = '/data/attributes/replayFrom';
  const from = readReplay(replayFrom);
  if (from === undefined)
    throw invalid(
      pointer,
      '"replayFrom" must be a position of the log, or a moment such as 2026-01-31T12:00:00Z.',
    );
  const position = typeof from === 'number' ? from : await positionBefore(from, readEvents);
  if (position <= cursor) return position;
  if (behind)
    throw invalid(
      pointer,
      `Everything up to position ${cursor} is delivered, and "replayFrom" is later. Nothing that comes is left out.`,
    );
  const head = await headOf(readEvents);
  if (position > head)
    throw invalid(pointer, `The log ends at position ${head}, and "replayFrom" is later.`);
  // What is delivered is saved late where nothing matches: what follows the cursor may be, or not.
  return cursor;
}

function tooMany(): JsonApiError {
  return new JsonApiError(
    webhookProblem(
      'webhook-limit',
      `There are ${MAX_WEBHOOKS} webhooks, and there can't be more. Delete one that is not needed.`,
    ),
  );
}

function busy(): JsonApiError {
  return new JsonApiError(
    protocolProblem('unavailable', 'Others change the same webhook. Try again.'),
  );
}
