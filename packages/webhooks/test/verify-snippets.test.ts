import { spawnSync } from 'node:child_process';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEndpointClient } from '../src/endpoint/endpoint-client.ts';
import { createMakeRequest } from '../src/message.ts';
import { createSecretSeal } from '../src/sealed-secret.ts';
import { createSecret } from '../src/signature.ts';
import { eventAt, webhookWith } from './sample-webhook.ts';

// What the web app shows to whoever writes an endpoint tells real deliveries from forged ones.

const SNIPPETS = resolve(import.meta.dirname, '../../../web/src/webhooks/snippets');
/** Each reads cases as JSON, and prints whether the snippet takes them. */
const RUNS = {
  Node: [
    process.execPath,
    '--input-type=module',
    '-e',
    `import { isFromShop } from ${JSON.stringify(`${SNIPPETS}/verify.mjs`)};
     import { json } from 'node:stream/consumers';
     const cases = await json(process.stdin);
     console.log(JSON.stringify(cases.map(({ secret, headers, body }) =>
       isFromShop(secret, headers, Buffer.from(body, 'base64')))));`,
  ],
  Python: [
    'python3',
    '-c',
    `import base64, json, sys
exec(open(${JSON.stringify(`${SNIPPETS}/verify.py`)}).read())
print(json.dumps([is_from_shop(c["secret"], c["headers"], base64.b64decode(c["body"]))
                  for c in json.load(sys.stdin)]))`,
  ],
  PHP: [
    'php',
    '-r',
    `require ${JSON.stringify(`${SNIPPETS}/verify.php`)};
     $cases = json_decode(stream_get_contents(STDIN), true);
     echo json_encode(array_map(
       fn ($c) => isFromShop($c['secret'], $c['headers'], base64_decode($c['body'])), $cases));`,
  ],
} as const;

interface Case {
  readonly secret: string;
  readonly headers: IncomingHttpHeaders;
  /** Base64. */
  readonly body: string;
}

const seal = createSecretSeal(Buffer.alloc(32, 7));
const makeRequest = createMakeRequest(seal);
const [secret, previous] = [createSecret(), createSecret()];
const received: Omit<Case, 'secret'>[] = [];
const endpoint = createServer(async (request, answer) => {
  const body = (await buffer(request)).toString('base64');
  received.push({ headers: request.headers, body });
  answer.end();
});

/** What an endpoint gets of a webhook whose secret was just rotated, this long ago. */
async function deliver(secondsAgo: number): Promise<Omit<Case, 'secret'>> {
  const { port } = endpoint.address() as AddressInfo;
  const at = new Date(Date.now() - secondsAgo * 1_000);
  const webhook = webhookWith(seal, {
    url: `http://127.0.0.1:${port}/`,
    secret,
    previous,
    previousSecretUntil: new Date(Date.now() + 60_000).toISOString(),
  });
  const resolver = async () => ['127.0.0.1'];
  const client = createEndpointClient({ resolver, allowPrivate: true });
  const answer = await client.send(makeRequest(webhook, [eventAt(5)], at));
  await client.close();
  const delivery = received.pop();
  if (answer.kind !== 'answered' || delivery === undefined) throw new Error('it came to nobody');
  return delivery;
}

const cases: Case[] = [];
let expected: boolean[];

beforeAll(async () => {
  await new Promise<void>((listening) => void endpoint.listen(0, '127.0.0.1', listening));
  const delivery = await deliver(0);
  const without = (name: string) => ({ ...delivery.headers, [name]: undefined });
  const changed = `${delivery.body.slice(0, 20)}A${delivery.body.slice(21)}`;
  const all: [boolean, Case][] = [
    [true, { ...delivery, secret }],
    [true, { ...delivery, secret: previous }],
    [true, { ...(await deliver(200)), secret }],
    [true, { ...(await deliver(-200)), secret }],
    [false, { ...(await deliver(400)), secret }],
    [false, { ...(await deliver(-400)), secret }],
    [false, { ...delivery, secret: createSecret() }],
    [false, { ...delivery, secret, body: changed }],
    [false, { ...delivery, secret, headers: { ...delivery.headers, 'webhook-id': 'other' } }],
    [false, { ...delivery, secret, headers: { ...delivery.headers, 'webhook-timestamp': 'now' } }],
    [false, { ...delivery, secret, headers: { ...delivery.headers, 'webhook-signature': 'v1,ñ' } }],
    [false, { ...delivery, secret, headers: without('webhook-id') }],
    [false, { ...delivery, secret, headers: without('webhook-timestamp') }],
    [false, { ...delivery, secret, headers: without('webhook-signature') }],
  ];
  cases.push(...all.map(([, each]) => each));
  expected = all.map(([isGenuine]) => isGenuine);
});
afterAll(() => void endpoint.close());

describe.each(Object.entries(RUNS))('the snippet for %s', (name, [program, ...args]) => {
  const isInstalled = spawnSync(program, ['--version']).status === 0;
  if (!isInstalled)
    console.warn(`There is no ${program}, so the snippet for ${name} is NOT TESTED.`);

  test.skipIf(!isInstalled)('takes real deliveries, and no others', () => {
    const input = JSON.stringify(cases);
    const { stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
