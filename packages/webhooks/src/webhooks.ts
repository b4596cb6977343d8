import { createTimeOrderedIds } from '@anaquel/runtime';
import type { FastifyInstance } from 'fastify';
import { checkEndpointUrl } from './endpoint/endpoint-url.ts';
import { createResolver } from './endpoint/resolver.ts';
import type { WebhookPorts } from './http/ports.ts';
import { webhookApi } from './http/webhook-api.ts';
import { createSecretSeal } from './sealed-secret.ts';
import type { WebhookSettings } from './webhook-settings.ts';

export interface WebhooksOptions extends Omit<WebhookPorts, 'seal' | 'checkUrl' | 'newId'> {
  readonly settings: WebhookSettings;
}

/** The webhooks of a service. */
export interface Webhooks {
  /** Declares the routes, below `jsonApiRoutes`. */
  routes(app: FastifyInstance): void;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { settings } = options;
  const { allowPrivate } = settings;
  const resolver = createResolver();
  const seal = settings.sealingKey && createSecretSeal(settings.sealingKey);
  const ports: WebhookPorts = {
    ...options,
    seal,
    newId: createTimeOrderedIds(),
    checkUrl: (url) => checkEndpointUrl(url, { resolver, allowPrivate }),
  };
  return {
    routes: (app) => webhookApi(app, ports),
  };
}
