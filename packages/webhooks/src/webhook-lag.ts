import { createLogLag, type LogLag, type Metrics } from '@anaquel/runtime';

export function createWebhookLag(metrics: Metrics): LogLag {
  return createLogLag(metrics, {
    name: 'webhook_dispatcher_lag_seconds',
    help: 'Since the log was last read to its end for webhooks.',
  });
}
