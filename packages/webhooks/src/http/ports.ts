import type { EventPage } from '@anaquel/events';
import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import type { EndpointUrlProblem } from '../endpoint/endpoint-url.ts';
import type { SecretSeal } from '../sealed-secret.ts';
import type { WebhookRegister } from '../webhook-register.ts';

/** What the routes of webhooks work with, and how a service names them. */
export interface WebhookPorts {
  /** What the events are about: `stock` makes `/stock-webhooks` and `/stock-webhook-deliveries`. */
  readonly subject: 'stock' | 'product';
  /** Who may read and who may change webhooks. */
  readonly access: { readonly read: FastifyContextConfig; readonly write: FastifyContextConfig };
  /** The types of all events of the log. */
  readonly eventTypes: readonly string[];
  readonly register: WebhookRegister;
  /** Reads the events of at most `limit` entries of the log after `position`. */
  readonly readEvents: (position: number, limit: number) => Promise<EventPage>;
  readonly clock: () => Date;
  readonly newId: (at: Date) => string;
  /** Null where WEBHOOKS_SECRET_KEY is not set: nothing can be signed. */
  readonly seal: SecretSeal | null;
  /** What is wrong with the address of an endpoint. */
  readonly checkUrl: (url: string) => Promise<EndpointUrlProblem | null>;
  /** The origin that links start with. */
  readonly origin: (request: FastifyRequest) => string;
  /** Called after each change. */
  readonly onChange: () => void;
}
