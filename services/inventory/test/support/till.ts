import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { connectClients, type Clients } from './clients.ts';
import { startInventory, type InventoryProcess, type ProcessOptions } from './inventory-process.ts';
import { MASTER_KEY, purchaseBody, type Answer, type Method, type Settings } from './shop.ts';

/** A running service and clients that talk to it. */
export interface Till {
  readonly process: InventoryProcess;
  readonly address: string;
  readonly clients: Clients;
  /** Rejects when the connection breaks. */
  send(method: Method, path: string, body?: object, key?: string): Promise<Answer>;
  /** Buys one unit. */
  buy(key: string, productId?: string): Promise<Answer>;
}

const SOCKETS = 32;

export async function openTill(env: Settings, options: ProcessOptions = {}): Promise<Till> {
  const process = startInventory(env, options);
  const address = await process.ready;
  const clients = connectClients(address, SOCKETS);
  const send: Till['send'] = (method, path, body, key = randomUUID()) =>
    clients.send(method, path, { 'x-api-key': MASTER_KEY, 'idempotency-key': key }, body);
  const buy: Till['buy'] = (key, productId = '1') =>
    send('POST', '/api/v1/purchases', purchaseBody([{ productId, quantity: 1 }]), key);
  return { process, address, clients, send, buy };
}

/** Begins to track a product. */
export async function stock({ send }: Till, onHand: number, id = '1'): Promise<void> {
  const body = { data: { type: 'inventories', id, attributes: { onHand } } };
  expect((await send('POST', '/api/v1/inventories', body)).status).toBe(201);
}
