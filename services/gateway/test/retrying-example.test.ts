import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeService } from './support/fake-service.ts';

type Buy = (
  shop: string,
  lines: readonly object[],
  key: string,
) => Promise<{ status: number; document: unknown } | null>;

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/retrying.md'), 'utf8');

async function buyOfThePage(): Promise<Buy> {
  const code = /```js\n([^]*?)```/.exec(page)?.[1] ?? '';
  const url = `data:text/javascript,${encodeURIComponent(`${code}export { buy };`)}`;
  return ((await import(/* @vite-ignore */ url)) as { buy: Buy }).buy;
}

test('the example of docs/retrying.md repeats its request with one key until it has an outcome', async () => {
  const buy = await buyOfThePage();
  const service = await startFakeService();
  const answers: Parameters<typeof service.behave>[0][] = [
    (_request, response) => void response.writeHead(504).end('{"errors":[]}'),
    (_request, response) => void response.destroy(),
    (_request, response) => {
      response.writeHead(201, { 'content-length': '99' }).write('{"data":');
      setTimeout(() => response.destroy(), 10);
    },
    (_request, response) => void response.writeHead(201).end('{"data":{"id":"1"}}'),
  ];
  service.behave((request, response) => answers[service.received.length - 1]?.(request, response));
  const lines = [{ productId: '1', quantity: 1 }];
  expect(await buy(service.url, lines, 'k')).toEqual({
    status: 201,
    document: { data: { id: '1' } },
  });
  const requests = service.received.map(({ headers, body }) => [headers['idempotency-key'], body]);
  expect(requests).toEqual(
    answers.map(() => [
      'k',
      JSON.stringify({ data: { type: 'purchases', attributes: { lines } } }),
    ]),
  );

  service.behave((_request, response) => void response.writeHead(409).end('{"errors":[]}'));
  expect(await buy(service.url, lines, 'other')).toEqual({ status: 409, document: { errors: [] } });
  expect(service.received).toHaveLength(5);
  await service.stop();
});
