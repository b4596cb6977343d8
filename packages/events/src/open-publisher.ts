import { standardOutput } from '@anaquel/runtime';
import type { BrokerSettings } from './broker-settings.ts';
import { createConsolePublisher } from './console-publisher.ts';
import { createRabbitmqPublisher } from './rabbitmq/rabbitmq-publisher.ts';
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
  if (broker.kind === 'redis')
    return createRedisPublisher({ ...broker, stream: `anaquel:${service}` });
  return createRabbitmqPublisher({
    ...broker,
    onUnwanted(type, count) {
      log.warn(
        { type, count },
        'no queue of the broker takes these events: they are dropped there',
      );
    },
  });
}
