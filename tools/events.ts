import { openBrokerPublisher, readBrokerSettings, type Publisher } from '@anaquel/events';
import {
  createHttpClient,
  openTlsIdentity,
  readTlsSettings,
  SettingsError,
  settingsReader,
  StartupError,
  type Environment,
  type HttpClient,
} from '@anaquel/runtime';
import { readBaseUrls, serviceNames, settingsOf, type ServiceName } from '../services/manifest.ts';
import { readReplayCall, type ReplayCall } from './replay/replay-call.ts';
import { replayEvents } from './replay/replay-events.ts';
import { serviceFeed } from './replay/service-feed.ts';
import { envFile, projectFolder, readSecret, readSettings } from './settings.ts';
import { readEnvironment } from './start/env-file.ts';

// npm run events -- replay: publishes what the logs of running services hold to the broker again.
// Exit code 1 when anything is left.

const USAGE = `npm run events -- replay [${serviceNames.join('|')}] --from <position or time> [--to <queue>]

Publishes events again, in order, from the feed of the running services to the broker.
  --from 0                      everything; a number: what comes after this position
  --from 2026-11-29T08:00:00Z   what happened since, beginning up to a minute before
  --to <queue>                  to this queue alone; without it, to all that want them.
                                With Redis: to this stream, which gets what is newer than its end`;

const FEEDS: Readonly<Record<ServiceName, string>> = {
  products: '/api/v1/product-events',
  inventory: '/api/v1/stock-events',
};

const ANSWER_MS = 10_000;

try {
  const call = readReplayCall(process.argv.slice(2));
  if (call === null) {
    console.error(USAGE);
    process.exitCode = 2;
  } else await replay(call, readEnvironment(envFile, process.env));
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

async function replay({ services, from, queue }: ReplayCall, environment: Environment) {
  const publisher = openPublisher(environment, queue);
  try {
    for (const service of services) {
      const client = openClient(environment, service);
      const read = serviceFeed(client, FEEDS[service]);
      let reached = 'position' in from ? String(from.position) : from.since.toISOString();
      const { count, last } = await replayEvents(read, publisher, from, (progress) => {
        reached = String(progress.last);
      })
        .catch((error: Error) => {
          if (error instanceof StartupError) throw error;
          throw new StartupError(
            `The broker did not take everything: ${error.message}. Go on with: npm run events -- replay ${service} --from ${reached}${queue === null ? '' : ` --to ${queue}`}`,
          );
        })
        .finally(() => client.close());
      console.log(`${service}: ${count} events were published again, up to position ${last}.`);
    }
  } finally {
    await publisher.close?.();
  }
}

/** Calls a service where the services of npm start do, and with what they show of themselves. */
function openClient(environment: Environment, service: ServiceName): HttpClient {
  const { services } = readSettings(environment);
  const ports = { products: services.products.port, inventory: services.inventory.port };
  const reader = settingsReader(environment, projectFolder);
  const [baseUrl] = readBaseUrls(reader, ports)[service];
  const tlsSettings = readTlsSettings(reader, projectFolder);
  reader.finish();
  return createHttpClient({
    baseUrls: [baseUrl],
    apiKey: readSecret(environment, settingsOf(service).apiKey),
    tls: tlsSettings === null ? null : openTlsIdentity(tlsSettings),
    timeoutMs: ANSWER_MS,
    maxRetries: 0,
  });
}

function openPublisher(environment: Environment, queue: string | null): Publisher {
  const reader = settingsReader(environment, projectFolder);
  const broker = readBrokerSettings(reader, projectFolder);
  reader.finish();
  if (broker === null)
    throw new StartupError('BROKER_URL is not set: there is no broker to publish to.');
  return openBrokerPublisher(broker, {
    queue,
    stream() {
      if (queue !== null) return queue;
      throw new StartupError(
        'The streams of Redis have these events. Name a new stream with --to, or read the old ones from their beginning.',
      );
    },
    onUnwanted(type, count) {
      if (count === 1) console.warn(`No queue takes ${type}: the broker drops it.`);
    },
  });
}
