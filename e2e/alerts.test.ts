import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { projectFolder } from '../tools/settings.ts';
import { freePort } from '../tools/test/free-port.ts';
import { gatewaySecrets, startServices, type Services } from './services.ts';

// Faults of a running shop raise their alerts, in a Prometheus that scrapes it by keys.

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
const patience = { timeout: 120_000, interval: 250 };

function until(isSo: () => Promise<boolean>): Promise<void> {
  return vi.waitFor(async () => {
    if (!(await isSo())) throw new Error('Prometheus does not say so yet');
  }, patience);
}

/** The rules with all times divided by sixty, and lags of three seconds for those of sixty. */
function hastyRules(): string {
  const rules = readFileSync(join(projectFolder, 'deploy/observability/alerts.yml'), 'utf8');
  return rules
    .replaceAll(/for: (\d+)m/g, 'for: $1s')
    .replaceAll(/\[(\d+)m\]/g, '[$1s]')
    .replaceAll('_lag_seconds > 60', '_lag_seconds > 3');
}

function configOf({ origins, keys }: Services): string {
  const targets = [
    ['gateway', gatewaySecrets.OPERATOR_API_KEY],
    ['products', keys.products],
    ['inventory', keys.inventory],
  ] as const;
  const scrapes = targets.map(([service, credentials]) => ({
    job_name: service,
    authorization: { credentials },
    static_configs: [{ targets: [new URL(origins[service]).host], labels: { service } }],
    relabel_configs: [{ target_label: 'job', replacement: 'anaquel' }],
  }));
  return JSON.stringify({
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: ['alerts.yml'],
    scrape_configs: scrapes,
  });
}

describe.skipIf(!hasPrometheus)('a shop that Prometheus watches', () => {
  let shop: Services;
  let folder: string;
  let prometheus: ChildProcess;
  let url: string;

  beforeAll(async () => {
    shop = await startServices({ demo: true, gateway: { STOREFRONT: 'open' } });
    folder = mkdtempSync(join(tmpdir(), 'anaquel-prometheus-'));
    writeFileSync(join(folder, 'alerts.yml'), hastyRules());
    writeFileSync(join(folder, 'prometheus.yml'), configOf(shop));
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ];
    prometheus = spawn('prometheus', args, { stdio: 'ignore' });
    await until(async () => (await countOf('up == 1')) === 3);
  });

  afterAll(async () => {
    if (prometheus) {
      const ended = once(prometheus, 'exit');
      prometheus.kill();
      await ended;
    }
    await shop?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function countOf(query: string): Promise<number> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data: { result: unknown[] } };
    return data.result.length;
  }

  async function isRaised(alert: string): Promise<boolean> {
    return (await countOf(`ALERTS{alertname="${alert}",alertstate="firing"}`)) > 0;
  }

  const untilRaised = (alert: string) => until(() => isRaised(alert));
  const untilOver = (alert: string) => until(async () => !(await isRaised(alert)));

  function buy() {
    const attributes = { lines: [{ productId: '1', quantity: 1 }] };
    const type = 'application/vnd.api+json';
    return shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/purchases',
      headers: { 'content-type': type, 'idempotency-key': randomUUID() },
      body: JSON.stringify({ data: { type: 'purchases', attributes } }),
    });
  }

  test('raises ProductsUnreachable while Products hangs', async () => {
    await untilOver('ProductsUnreachable');
    shop.pause('products');
    await untilRaised('ProductsUnreachable');
    expect(await isRaised('EventsLate')).toBe(false);
    shop.resume('products');
    await untilOver('ProductsUnreachable');
  });

  test('raises EventsLate while the relay has no broker', async () => {
    await untilOver('EventsLate');
    await shop.stop('inventory');
    await shop.start('inventory', { env: { BROKER_URL: 'redis://127.0.0.1:1' } });
    await untilRaised('EventsLate');
    expect(await isRaised('LedgerOverloaded')).toBe(false);
    await shop.stop('inventory');
    await shop.start('inventory');
    await untilOver('EventsLate');
  });

  /** How many rounds it takes to raise the alert depends on the machine. */
  async function stockUp(): Promise<void> {
    const data = { type: 'inventories', id: '1', attributes: { onHand: 1_000_000 } };
    const { status } = await shop.call('inventory', {
      method: 'PATCH',
      path: '/api/v1/inventories/1',
      headers: { 'content-type': 'application/vnd.api+json' },
      body: JSON.stringify({ data }),
    });
    expect(status).toBe(200);
  }

  test('raises LedgerOverloaded while more is bought than the disk takes', async () => {
    await untilOver('LedgerOverloaded');
    await stockUp();
    const database = new DatabaseSync(join(shop.dataFolder, 'inventory.db'), { timeout: 60_000 });
    let isRaisedYet = false;
    const watch = untilRaised('LedgerOverloaded').finally(() => void (isRaisedYet = true));
    while (!isRaisedYet) {
      database.exec('BEGIN IMMEDIATE');
      const bought = Promise.all(Array.from({ length: 50 }, buy));
      await delay(3_000);
      database.exec('ROLLBACK');
      await bought;
    }
    database.close();
    await watch;
    expect((await buy()).status).toBe(201);
    await untilOver('LedgerOverloaded');
  });
});
