import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SettingsReader } from '@anaquel/runtime';
import { readBrokerQueues, type BrokerQueue } from './rabbitmq/broker-queues.ts';

/** Where events are published. */
export type BrokerSettings = RabbitmqSettings | RedisSettings;

export interface RabbitmqSettings {
  readonly kind: 'rabbitmq';
  /** Of the nodes of one broker. */
  readonly urls: readonly string[];
  readonly ca: string | undefined;
  readonly queues: readonly BrokerQueue[];
}

export interface RedisSettings {
  readonly kind: 'redis';
  readonly url: string;
  readonly ca: string | undefined;
  /** How many entries a stream keeps at least. */
  readonly maxLength: number;
}

const FORM =
  'an address like amqp://user:password@host:5672, or several with commas between them, or one like redis://:password@host:6379';

/**
 * Reads BROKER_URL, BROKER_QUEUES, BROKER_STREAM_LENGTH and BROKER_CA_FILE; null without a broker.
 * What is wrong is added to the reader's problems, without the address, which may hold a password.
 * @param folder where a relative path starts
 */
export function readBrokerSettings(
  settings: SettingsReader,
  folder: string,
): BrokerSettings | null {
  const { problems } = settings;
  const text = settings.optionalSecret('BROKER_URL');
  const queues = readQueues(settings);
  const maxLength = settings.integer('BROKER_STREAM_LENGTH', {
    default: 1_000_000,
    min: 1_000,
    max: 1_000_000_000,
  });
  const ca = readCa(settings, folder);
  if (text === undefined) return null;
  const urls = text.split(',').map((url) => url.trim());
  const [url = ''] = urls;
  if (urls.length === 1 && isUrl(url, /^rediss?:$/)) {
    if (queues.length > 0)
      problems.push(
        'BROKER_QUEUES is for RabbitMQ: a stream of Redis has all events. Leave it out.',
      );
    return { kind: 'redis', url, ca, maxLength };
  }
  if (!urls.every((each) => isUrl(each, /^amqps?:$/))) problems.push(`BROKER_URL must be ${FORM}.`);
  return { kind: 'rabbitmq', urls, ca, queues };
}

function isUrl(text: string, protocol: RegExp): boolean {
  const url = URL.parse(text);
  return url !== null && protocol.test(url.protocol) && url.hostname !== '';
}

function readQueues(settings: SettingsReader): BrokerQueue[] {
  try {
    return readBrokerQueues(settings.optional('BROKER_QUEUES') ?? '');
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    settings.problems.push(`BROKER_QUEUES ${error.message}.`);
    return [];
  }
}

function readCa(settings: SettingsReader, folder: string): string | undefined {
  const path = settings.optional('BROKER_CA_FILE');
  if (path === undefined) return undefined;
  try {
    return readFileSync(resolve(folder, path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    settings.problems.push(`BROKER_CA_FILE names a file that can't be read (${code}).`);
    return undefined;
  }
}
