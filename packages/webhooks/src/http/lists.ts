import {
  comparedBy,
  declareList,
  oneOf,
  orNull,
  text,
  textId,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { DeliveryFilters, WebhookFilters } from '../webhook-register.ts';
import { DELIVERY_CAUSES, DELIVERY_STATUSES } from './delivery-resource.ts';
import { PAUSED_REASONS, WEBHOOK_STATUSES } from './webhook-resource.ts';

export const webhookList = declareList({
  filters: {
    url: text(2_048),
    status: oneOf(WEBHOOK_STATUSES),
    pausedReason: orNull(oneOf(PAUSED_REASONS)),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  } satisfies KindsFor<WebhookFilters>,
  sorts: ['createdAt', 'updatedAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});

export const deliveryList = declareList({
  filters: {
    webhook: comparedBy(textId(), 'eq'),
    status: oneOf(DELIVERY_STATUSES),
    cause: oneOf(DELIVERY_CAUSES),
  } satisfies KindsFor<DeliveryFilters>,
  sorts: ['attemptAt'],
  defaultSort: [{ field: 'attemptAt', descending: true }],
});
