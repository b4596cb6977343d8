import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SettingsReader } from '@anaquel/runtime';
import { readBrokerQueues, type BrokerQueue } from './rabbitmq/broker-queues.ts';

/** Where events are published. */
export interface BrokerSettings {
  /** Of the nodes of one broker. */
  readonly urls: readonly string[];
  readonly ca: string | undefined;
  readonly queues: readonly BrokerQueue[];
}

const FORM = 'an address like amqp://user:password@host:5672, or several with commas between them';

/**
 * Reads BROKER_URL, BROKER_QUEUES and BROKER_CA_FILE; null without a broker. What is wrong is added
 * to the reader's problems, without the address, which may hold a password.
 * @param folder where a relative path starts
 */
export function readBrokerSettings(
  settings: SettingsReader,
  folder: string,
): BrokerSettings | null {
  const { problems } = settings;
  const text = settings.optionalSecret('BROKER_URL');
  const queues = readQueues(settings);
  const ca = readCa(settings, folder);
  if (text === undefined) return null;
  const urls = text.split(',').map((url) => url.trim());
  if (!urls.every(isBrokerUrl)) problems.push(`BROKER_URL must be ${FORM}.`);
  return { urls, ca, queues };
}

function isBrokerUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^amqps?:$/.test(url.protocol) && url.hostname !== '';
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
