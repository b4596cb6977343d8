import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, unless it is text. */
  readonly body?: unknown;
}

export const JSON_API = { 'content-type': 'application/vnd.api+json' };

/**
 * A server in the gateway's place, gone when the test is over. An answer of 'hang' never comes,
 * 'hang up' breaks the connection.
 */
export async function startGateway(
  answer: (requests: GatewayRequest, nth: number) => Reply | 'hang' | 'hang up',
): Promise<{ url: string; requests: GatewayRequest[] }> {
  const requests: GatewayRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const url = new URL(request.url ?? '/', 'http://gateway');
      const one: GatewayRequest = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(one);
      send(response, answer(one, requests.length));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests };
}

function send(response: ServerResponse, reply: Reply | 'hang' | 'hang up'): void {
  if (reply === 'hang') return;
  if (reply === 'hang up') {
    response.destroy();
    return;
  }
  const { status = 200, headers = JSON_API, body } = reply;
  response.writeHead(status, headers);
  response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export function productData(id: string, attributes: object = {}) {
  return {
    type: 'products',
    id,
    attributes: {
      sku: `SKU-${id}`,
      name: `Product ${id}`,
      description: null,
      price: 9.5,
      currency: 'USD',
      status: 'active',
      imageUrl: null,
      tags: ['kitchen'],
      barcodes: [],
      packSize: null,
      leadTimeDays: null,
      supplier: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      ...attributes,
    },
  };
}

export function levelData(id: string, attributes: object = {}) {
  return {
    type: 'inventories',
    id,
    attributes: {
      onHand: 5,
      reserved: 1,
      available: 4,
      lowStockThreshold: null,
      version: 1,
      updatedAt: '2026-01-01T00:00:00.000Z',
      ...attributes,
    },
  };
}

export function movementData(id: string, attributes: object = {}) {
  return {
    type: 'stock-movements',
    id,
    attributes: {
      kind: 'receipt',
      onHandDelta: 5,
      reservedDelta: 0,
      onHandAfter: 5,
      reservedAfter: 0,
      reason: null,
      actor: 'operator',
      createdAt: '2026-01-01T00:00:00.000Z',
      ...attributes,
    },
  };
}

export function refusal(status: number, code: string, more: object = {}): Reply {
  const error = { status: String(status), code, title: code, detail: `It is ${code}.`, ...more };
  return { status, body: { errors: [error] } };
}
