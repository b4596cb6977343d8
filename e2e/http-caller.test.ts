import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { BreachError, createHttpCaller } from './http-caller.ts';

test('answers of canonical addresses are checked by the rules, others are not', async () => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/vnd.api+json').setHeader('vary', 'Accept');
    const data = request.url?.includes('bad') ? { type: 'x', id: 1 } : { type: 'x', id: '1' };
    response.end(JSON.stringify({ jsonapi: { version: '1.1' }, data }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const caller = createHttpCaller();
  const send = (path: string) => caller.send(`http://127.0.0.1:${port}`, { path });
  try {
    for (const path of ['/api/v1/good', '/bad', '/api/v1/inventory/bad'])
      expect((await send(path)).status).toBe(200);
    await expect(send('/api/v1/bad')).rejects.toThrow(BreachError);
    await expect(send('/api/v1/bad')).rejects.toThrow('data/id: must be text');
  } finally {
    caller.close();
    server.close();
  }
});
