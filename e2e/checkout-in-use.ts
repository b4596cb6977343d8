import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ServiceName } from '../services/manifest.ts';
import { createCheckout } from './checkout.ts';
import { startShop, whatIsLeft } from './shop.ts';
import type { Shop } from './shop.ts';
import type { Resource } from './stocked-shop.ts';

type Hook = (work: () => unknown) => void;

/** A checkout in which shops are started. */
export interface CheckoutInUse {
  /** Where it is now: each test may have its own. */
  readonly folder: string;
  start(options?: Parameters<typeof startShop>[1]): Promise<Shop>;
  /** What its .env says. */
  settings(): Record<string, string>;
  /** The resources of a list, read with the service's own key. */
  list(shop: Shop, service: ServiceName, path: string): Promise<readonly Resource[]>;
}

/** For each test, or for all of a suite: a checkout, and an end that leaves nothing behind. */
export function useCheckout(before: Hook, after: Hook): CheckoutInUse {
  let checkout: ReturnType<typeof createCheckout>;
  let shops: Shop[];
  before(() => {
    checkout = createCheckout();
    shops = [];
  });
  after(async () => {
    for (const shop of shops) {
      const family = shop.pids();
      shop.npm.kill('SIGTERM');
      const leftovers = await whatIsLeft(shop, family);
      if (leftovers.length > 0) throw new Error(`Left behind: ${leftovers.join(', ')}`);
    }
    checkout.remove();
  });
  function settings(): Record<string, string> {
    const lines = readFileSync(join(checkout.folder, '.env'), 'utf8').split('\n');
    return Object.fromEntries(lines.map((line) => line.split('=')).filter(([, value]) => value));
  }

  return {
    get folder() {
      return checkout.folder;
    },
    async start(options = {}) {
      const shop = await startShop(checkout.folder, options);
      shops.push(shop);
      return shop;
    },
    settings,
    async list(shop, service, path) {
      const key = settings()[`${service.toUpperCase()}_API_KEY`] ?? '';
      const response = await fetch(`http://127.0.0.1:${shop.ports[service]}${path}`, {
        headers: { 'x-api-key': key },
      });
      expect(response.status).toBe(200);
      return ((await response.json()) as { data: Resource[] }).data;
    },
  };
}

/** Runs the command of the banner as a person would, in another shell and another folder. */
export function runPrintedCommand(shop: Shop): string {
  const command = /^ {2}curl (?:.*\\\n)*.*$/m.exec(shop.output())?.[0] ?? '';
  expect(command).toContain('x-api-key');
  return execFileSync('sh', ['-c', command.replace('curl ', `curl -sS -w '\\n%{http_code}' `)], {
    cwd: '/',
    encoding: 'utf8',
  });
}

/** Kills npm or what it runs, and expects all others to end. */
export async function expectAllEndWith(shop: Shop, victim: 'npm' | 'supervisor'): Promise<void> {
  const family = shop.pids();
  const supervisor = family.find((pid) => pid !== shop.npm.pid);
  process.kill((victim === 'npm' ? shop.npm.pid : supervisor) ?? 0, 'SIGKILL');
  expect(await whatIsLeft(shop, family)).toEqual([]);
}
