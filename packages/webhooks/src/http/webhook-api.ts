import type { FastifyInstance } from 'fastify';
import { deliveryResource } from './delivery-resource.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import type { WebhookPorts } from './ports.ts';
import { webhookResource } from './webhook-resource.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** The routes of webhooks and of their deliveries, below `jsonApiRoutes` of a service. */
export function webhookApi(app: FastifyInstance, ports: WebhookPorts): void {
  const webhooks = webhookResource(ports);
  webhookRoutes(app, webhooks, ports);
  deliveryRoutes(app, deliveryResource(ports, webhooks), ports);
}
