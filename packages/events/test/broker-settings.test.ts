import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsReader } from '@anaquel/runtime';
import { afterAll, describe, expect, test } from 'vitest';
import { readBrokerSettings } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'anaquel-broker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(env: Record<string, string>) {
  const settings = settingsReader(env, folder);
  return { broker: readBrokerSettings(settings, folder), problems: settings.problems };
}

describe('the settings of the broker', () => {
  test('are none by default', () => {
    expect(read({})).toEqual({ broker: null, problems: [] });
  });

  test('name the nodes, the queues and the authority', () => {
    writeFileSync(join(folder, 'ca.pem'), 'PEM');
    expect(
      read({
        BROKER_URL: 'amqp://a:b@one, amqps://a:b@two:5671/shop',
        BROKER_QUEUES: 'warehouse=stock.*',
        BROKER_CA_FILE: 'ca.pem',
      }),
    ).toEqual({
      broker: {
        kind: 'rabbitmq',
        urls: ['amqp://a:b@one', 'amqps://a:b@two:5671/shop'],
        ca: 'PEM',
        queues: [{ name: 'warehouse', patterns: ['stock.*'] }],
      },
      problems: [],
    });
  });

  test('may name a Redis', () => {
    expect(read({ BROKER_URL: 'redis://:secret@one:6379/2' })).toEqual({
      broker: {
        kind: 'redis',
        url: 'redis://:secret@one:6379/2',
        ca: undefined,
        maxLength: 1_000_000,
      },
      problems: [],
    });
    const { problems } = read({ BROKER_URL: 'redis://one', BROKER_QUEUES: 'a=#' });
    expect(problems).toEqual([
      'BROKER_QUEUES is for RabbitMQ: a stream of Redis has all events. Leave it out.',
    ]);
    expect(read({ BROKER_URL: 'redis://one,redis://two' }).problems).toHaveLength(1);
    expect(read({ BROKER_STREAM_LENGTH: '5' }).problems).toHaveLength(1);
  });

  test('may have the address in a file', () => {
    writeFileSync(join(folder, 'url'), 'amqp://a:b@one\n', { mode: 0o600 });
    expect(read({ BROKER_URL_FILE: 'url' }).broker).toMatchObject({ urls: ['amqp://a:b@one'] });
  });

  test('are refused together, without the password', () => {
    const { problems } = read({
      BROKER_URL: 'http://a:hunter2@one',
      BROKER_QUEUES: 'warehouse',
      BROKER_CA_FILE: 'none.pem',
    });
    expect(problems).toEqual([
      'BROKER_QUEUES must be like warehouse=stock.*;mail=stock.low, and "warehouse" is not.',
      "BROKER_CA_FILE names a file that can't be read (ENOENT).",
      'BROKER_URL must be an address like amqp://user:password@host:5672, or several with commas between them, or one like redis://:password@host:6379.',
    ]);
  });
});
