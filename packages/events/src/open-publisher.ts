import { standardOutput } from '@anaquel/runtime';
import type { BrokerSettings } from './broker-settings.ts';
import { createConsolePublisher } from './console-publisher.ts';
import { createRabbitmqPublisher, type RabbitmqOptions } from './rabbitmq/rabbitmq-publisher.ts';
import { createRedisPublisher } from './redis/redis-publisher.ts';
import type { Publisher } from './relay.ts';

interface Log {
  warn(details: object, message: string): void;
}

/** The publisher that the settings ask for: the console without a broker. */
export function openPublisher(
  broker: BrokerSettings | null,
  { service, log }: { readonly service: string; readonly log: Log },
): Publisher {
  if (broker === null) return createConsolePublisher(standardOutput());
  return openBrokerPublisher(broker, {
    queue: null,
    stream: () => `anaquel:${service}`,
    onUnwanted(type, count) {
      log.warn(
        { type, count },
        'no queue of the broker takes these events: they are dropped there',
      );
    },
  });
}

export interface BrokerPlace {
  /** Of RabbitMQ, the one that gets the events; null for all that want them. */
  readonly queue: string | null;
  /** Of Redis. */
  readonly stream: () => string;
  readonly onUnwanted: RabbitmqOptions['onUnwanted'];
}

export function openBrokerPublisher(
  broker: BrokerSettings,
  { queue, stream, onUnwanted }: BrokerPlace,
): Publisher {
  return broker.kind === 'redis'
    ? createRedisPublisher({ ...broker, stream: stream() })
    : createRabbitmqPublisher({ ...broker, queue, onUnwanted });
}
