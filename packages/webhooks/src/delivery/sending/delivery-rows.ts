import type { CloudEvent } from '@anaquel/events';
import type { EndpointAnswer } from '../../endpoint-answer.ts';
import type { Failure } from '../../failure.ts';
import type { Delivery } from '../../webhook.ts';

const KEPT_BYTES = 1_024;

interface NewDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly events: readonly { readonly event: CloudEvent }[];
  readonly atMs: number;
}

/** The first attempt to deliver these events. */
export function firstDelivery({ id, webhookId, events, atMs }: NewDelivery): Delivery {
  const first = events[0]?.event;
  const at = new Date(atMs).toISOString();
  return {
    id,
    webhookId,
    cause: 'event',
    repeats: null,
    eventId: first?.id ?? '',
    eventType: first?.type ?? '',
    eventCount: events.length,
    firstOrder: first?.order ?? null,
    lastOrder: events.at(-1)?.event.order ?? null,
    attempt: 1,
    status: 'pending',
    attemptAt: at,
    firstAttemptAt: at,
    responseStatus: null,
    durationMs: null,
    failure: null,
    requestBody: null,
    responseBody: null,
  };
}

/** The same one, on its way. */
export function begunDelivery(delivery: Delivery, atMs: number, body: string | null): Delivery {
  const requestBody = body === null ? delivery.requestBody : firstBytes(body);
  return { ...delivery, attemptAt: new Date(atMs).toISOString(), requestBody };
}

export function isSuccess(answer: EndpointAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
}

type TriedAnswer = Exclude<EndpointAnswer, { readonly kind: 'not-tried' }>;

/** What became of it. */
export function endedDelivery(delivery: Delivery, answer: TriedAnswer): Delivery {
  const isAnswered = answer.kind === 'answered';
  return {
    ...delivery,
    status: isSuccess(answer) ? 'delivered' : 'failed',
    responseStatus: isAnswered ? answer.status : null,
    responseBody: isAnswered ? answer.body : null,
    durationMs: Math.round(answer.durationMs),
    failure: isSuccess(answer) ? null : failureOf(answer),
  };
}

function failureOf(answer: TriedAnswer): Failure {
  if (answer.kind === 'failed') return answer.reason;
  const { status } = answer;
  return `${status >= 300 && status < 400 ? 'redirected' : 'answered'} ${status}`;
}

/** The attempt after one that failed. */
export function nextDelivery(failed: Delivery, id: string, dueMs: number): Delivery {
  return {
    ...failed,
    id,
    attempt: failed.attempt + 1,
    status: 'pending',
    attemptAt: new Date(dueMs).toISOString(),
    responseStatus: null,
    durationMs: null,
    failure: null,
    responseBody: null,
  };
}

/** One that won't be tried again in this form. */
export function abandonedDelivery(pending: Delivery, failure: Failure): Delivery {
  return { ...pending, status: 'failed', failure };
}

const encoder = new TextEncoder();

/** At most so many bytes, and no half character. */
function firstBytes(text: string): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(KEPT_BYTES));
  return text.slice(0, read);
}
