import type { ReadEvents } from '@anaquel/events';
import { createTimeOrderedIds, type LogLag, type Work } from '@anaquel/runtime';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { startDispatcher } from './delivery/dispatcher.ts';
import { createEndpointClient } from './endpoint/endpoint-client.ts';
import { checkEndpointUrl } from './endpoint/endpoint-url.ts';
import { createResolver } from './endpoint/resolver.ts';
import type { WebhookPorts } from './http/ports.ts';
import { webhookApi } from './http/webhook-api.ts';
import { createMakeRequest } from './message.ts';
import { createSecretSeal } from './sealed-secret.ts';
import type { WebhookSettings } from './webhook-settings.ts';
import type { DeliveryStore } from './webhook-store.ts';

type Given = Omit<WebhookPorts, 'seal' | 'checkUrl' | 'newId' | 'origin'>;

export interface WebhooksOptions extends Given {
  readonly settings: WebhookSettings;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  /** Told how far the dispatcher has come. */
  readonly lag: LogLag;
  /** Told of what fails and is tried again. */
  readonly onError: (error: unknown) => void;
}

/** The webhooks of a service. */
export interface Webhooks {
  /**
   * Declares the routes, below `jsonApiRoutes`.
   *
   * @param origin what links start with
   */
  routes(app: FastifyInstance, origin: WebhookPorts['origin']): void;
  /**
   * Delivers, while it is this process's turn, what `read` gives: what no failover takes back.
   */
  deliver(read: ReadEvents, store: DeliveryStore): Work;
}

const IDLE: Work = { wake() {}, async stop() {} };

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { settings, clock, log, lag, onError } = options;
  const { allowPrivate } = settings;
  const resolver = createResolver();
  const seal = settings.sealingKey && createSecretSeal(settings.sealingKey);
  const ports = {
    ...options,
    seal,
    newId: createTimeOrderedIds(),
    checkUrl: (url: string) => checkEndpointUrl(url, { resolver, allowPrivate }),
  };
  return {
    routes: (app, origin) => webhookApi(app, { ...ports, origin }),
    deliver(read, store) {
      if (seal === null) return IDLE;
      const client = createEndpointClient({ resolver, allowPrivate });
      lag.begin();
      const dispatcher = startDispatcher({
        read,
        store,
        client,
        makeRequest: createMakeRequest(seal),
        clock,
        onCaughtUp: lag.caughtUp,
        onError,
        onPaused: (webhookId, reason) => log.warn({ webhookId, reason }, 'a webhook is paused'),
      });
      return {
        wake: dispatcher.wake,
        async stop() {
          lag.end();
          await dispatcher.stop();
          await client.close();
        },
      };
    },
  };
}
