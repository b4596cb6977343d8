import { createLogLag, type LogLag, type Metrics } from '@anaquel/runtime';

export function createRelayLag(metrics: Metrics): LogLag {
  return createLogLag(metrics, {
    name: 'event_relay_lag_seconds',
    help: 'Since all events of the log were last published.',
  });
}
