export type { Delivery, Webhook } from './webhook.ts';
