import type { CloudEvent } from '@anaquel/events';
import type { Clock } from '@anaquel/runtime';
import type {
  EndpointAnswer,
  EndpointClient,
  EndpointRequest,
  MakeRequest,
} from '../../endpoint-answer.ts';
import type { Delivery, Webhook } from '../../webhook.ts';
import { begunDelivery, endedDelivery } from './delivery-rows.ts';
import type { UnsavedDeliveries } from '../saving/unsaved-deliveries.ts';

/** Hands events to a webhook once, and records it. */
export interface Attempts {
  /** Never rejects. */
  make(attempt: Attempt): Promise<AttemptResult>;
  /** Records as `pending` those that are under way for so long. */
  record(lastingMs: number): void;
}

export interface Attempt {
  readonly webhook: Webhook;
  readonly events: readonly CloudEvent[];
  readonly delivery: Delivery;
  /** Whether the store has the delivery. */
  readonly isKnown: boolean;
}

export interface AttemptResult {
  readonly answer: EndpointAnswer;
  readonly delivery: Delivery;
  readonly startedMs: number;
}

export interface AttemptsOptions {
  readonly client: Pick<EndpointClient, 'send'>;
  readonly makeRequest: MakeRequest;
  readonly clock: Clock;
  readonly unsaved: UnsavedDeliveries;
  readonly onError: (error: unknown) => void;
}

export function createAttempts(options: AttemptsOptions): Attempts {
  const { client, makeRequest, clock, unsaved, onError } = options;
  const unrecorded = new Map<Delivery, number>();

  function requestFor({ webhook, events }: Attempt, at: Date): EndpointRequest | null {
    try {
      return makeRequest(webhook, events, at);
    } catch (error) {
      onError(error);
      return null;
    }
  }

  return {
    async make(attempt) {
      const started = clock();
      const request = requestFor(attempt, started);
      const begun = begunDelivery(attempt.delivery, started.getTime(), request?.body ?? null);
      unrecorded.set(begun, started.getTime());
      const answer = request ? await client.send(request) : NOT_SIGNED;
      unrecorded.delete(begun);
      // It waits on, as the store may have it.
      if (answer.kind === 'not-tried')
        return { answer, delivery: begun, startedMs: started.getTime() };
      const delivery = endedDelivery(begun, answer);
      unsaved.put(delivery, attempt.isKnown);
      return { answer, delivery, startedMs: started.getTime() };
    },
    record(lastingMs) {
      const beforeMs = clock().getTime() - lastingMs;
      for (const [delivery, startedMs] of unrecorded) {
        if (startedMs > beforeMs) continue;
        unrecorded.delete(delivery);
        unsaved.put(delivery, true);
      }
    },
  };
}

const NOT_SIGNED: EndpointAnswer = {
  kind: 'failed',
  reason: 'not-signed',
  durationMs: 0,
};
