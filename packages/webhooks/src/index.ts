export type { DispatcherOptions } from './delivery/delivery-round.ts';
export { startDispatcher } from './delivery/dispatcher.ts';
export { createEndpointClient, type EndpointClientOptions } from './endpoint/endpoint-client.ts';
export {
  checkEndpointUrl,
  endpointUrlProblems,
  type EndpointUrlProblem,
} from './endpoint/endpoint-url.ts';
export { createResolver, type Resolver } from './endpoint/resolver.ts';
export type {
  EndpointAnswer,
  EndpointClient,
  EndpointRequest,
  MakeRequest,
} from './endpoint-answer.ts';
export { failureCodes } from './failure.ts';
export { createMakeRequest } from './message.ts';
export {
  createSecretSeal,
  parseSealingKey,
  SEALING_KEY_FORM,
  type SecretSeal,
} from './sealed-secret.ts';
export { createSecret } from './signature.ts';
export type { Delivery, Webhook } from './webhook.ts';
export type { DeliveryStore } from './webhook-store.ts';
export { webhookProblem } from './http/problems.ts';
export { createWebhookLag } from './webhook-lag.ts';
export { createWebhooks, type Webhooks, type WebhooksOptions } from './webhooks.ts';
export { readWebhookSettings, type WebhookSettings } from './webhook-settings.ts';
export type { WebhookRegister } from './webhook-register.ts';
export { createDeliveryStore } from './sql/delivery-store.ts';
export { createWebhookRegister } from './sql/webhook-register.ts';
