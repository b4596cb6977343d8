import type { CloudEvent } from '@anaquel/events';
import type { Failure } from './failure.ts';
import type { Webhook } from './webhook.ts';

/** A signed request, ready to be sent. */
export interface EndpointRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of one attempt. It never rejects: whatever fails is an answer. */
export type EndpointAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The first 1,024 bytes, as text. */
      readonly body: string;
      /** How long its `Retry-After` asks to wait, from now on; null where there is none. */
      readonly retryAfterMs: number | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      /** With no address of this machine's network in it. */
      readonly reason: Failure;
      readonly durationMs: number;
    }
  | {
      /** Nothing was sent, and not on account of the endpoint. */
      readonly kind: 'not-tried';
      readonly durationMs: number;
    };

/**
 * Makes the signed request that hands events to a webhook, for this instant. Never fails on account
 * of the events; it does where the webhook's secret can't be opened.
 */
export type MakeRequest = (
  webhook: Webhook,
  events: readonly CloudEvent[],
  at: Date,
) => EndpointRequest;

/** Sends a request to where it may go: see `createEndpointClient`. */
export interface EndpointClient {
  send(request: EndpointRequest): Promise<EndpointAnswer>;
  close(): Promise<void>;
}
