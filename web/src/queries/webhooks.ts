import { useQuery } from '@pinia/colada';
import {
  valueOf,
  webhookSources,
  type DeliveryQuery,
  type ListOf,
  type Page,
  type Webhook,
  type WebhookSource,
} from '../api/index.ts';
import { api } from '../gateway.ts';

export const webhookKeys = {
  all: ['webhooks'] as const,
  lists: (page: Page) => ['webhooks', 'lists', { ...page }] as const,
  one: (source: WebhookSource, id: string) => ['webhooks', source, id] as const,
  deliveries: (source: WebhookSource, query: DeliveryQuery) =>
    ['webhooks', source, query.webhookId, 'deliveries', { ...query }] as const,
};

export interface WebhookLists {
  /** This page of each service that answered. Both have as many pages as the longer list. */
  readonly list: ListOf<Webhook>;
  readonly missing: readonly WebhookSource[];
}

/** The webhooks of both services; fails when neither answers. */
export function useWebhooks(page: () => Page) {
  return useQuery({
    key: () => webhookKeys.lists(page()),
    query: async ({ signal }): Promise<WebhookLists> => {
      const results = await Promise.all(
        webhookSources.map(async (source) => ({
          source,
          result: await api.webhooks(source, page(), { signal }),
        })),
      );
      const missing = results.filter(({ result }) => !result.ok).map(({ source }) => source);
      const lists = results.flatMap(({ result }) => (result.ok ? [result.value] : []));
      const [first] = results;
      if (lists.length === 0 && first !== undefined) valueOf(first.result);
      return { list: joined(lists), missing };
    },
    placeholderData: (previous) => previous,
  });
}

function joined(lists: readonly ListOf<Webhook>[]): ListOf<Webhook> {
  return {
    items: lists.flatMap(({ items }) => items),
    total: Math.max(0, ...lists.map(({ total }) => total)),
    totalIsCapped: lists.some(({ totalIsCapped }) => totalIsCapped),
    next: null,
    meta: {},
  };
}

export function useWebhook(source: () => WebhookSource, id: () => string) {
  return useQuery({
    key: () => webhookKeys.one(source(), id()),
    query: async ({ signal }) => valueOf(await api.webhook(source(), id(), { signal })),
  });
}

export function useDeliveries(source: () => WebhookSource, query: () => DeliveryQuery) {
  return useQuery({
    key: () => webhookKeys.deliveries(source(), query()),
    query: async ({ signal }) =>
      valueOf(await api.webhookDeliveries(source(), query(), { signal })),
    placeholderData: (previous) => previous,
  });
}
