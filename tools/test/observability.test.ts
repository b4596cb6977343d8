import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../settings.ts';

import { readProjectFile } from './project-file.ts';
import { KEY, startGateway, startService, type Service } from './start-service.ts';

const rules = readProjectFile('deploy/observability/alerts.yml');
const dashboard = readProjectFile('deploy/observability/dashboard.json');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
/** What Prometheus itself makes. */
const OF_PROMETHEUS = ['up'];

let folder: string;
let services: Service[];
let figures: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-figures-'));
  services = [
    await startGateway(folder),
    await startService('products', folder),
    await startService('inventory', folder),
  ];
  figures = [];
  for (const [index, { app }] of services.entries()) {
    const credentials = index === 0 ? `operator-${KEY}` : KEY;
    // What one request leaves behind is told in the next.
    for (const url of ['/nowhere', '/metrics']) {
      const { body } = await app.inject({
        url,
        headers: { authorization: `Bearer ${credentials}` },
      });
      if (url === '/metrics') figures.push(body);
    }
  }
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** The names of figures in an expression of PromQL: what a comparison or a range stands behind. */
function namesIn(expression: string): string[] {
  const words = expression
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(?:by|without) \([^)]*\)/g, '')
    .matchAll(/\b[a-z][a-z0-9_]*\b(?!\()/g);
  return [...words].map(([word]) => word).filter((word) => word === 'up' || word.includes('_'));
}

function knownNames(): Set<string> {
  const types = figures.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  const names = types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
  return new Set([...OF_PROMETHEUS, ...names]);
}

const ofRules = [...rules.matchAll(/^ +expr: (.*)$/gm)].map(([, expression = '']) => expression);
const ofDashboard = [...dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(
  ([, text = '']) => JSON.parse(`"${text.replaceAll('$__rate_interval', '5m')}"`) as string,
);

test.each([
  ['the alerts', ofRules],
  ['the dashboard', ofDashboard],
])('%s name only figures that there are', (_, expressions) => {
  expect(expressions.length).toBeGreaterThan(10);
  const known = knownNames();
  const named = new Set(expressions.flatMap(namesIn));
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

test('the alerts name only codes of refusals that there are', () => {
  const codes = [...rules.matchAll(/code="([^"]+)"/g)].map(([, code = '']) => code);
  for (const code of codes)
    expect(figures.some((text) => text.includes(`http_refusals_total{code="${code}"}`))).toBe(true);
});

test('each alert has its runbook', () => {
  const sections = [...readProjectFile('docs/runbooks.md').matchAll(/^## (.*)$/gm)];
  const alerts = [...rules.matchAll(/- alert: (\w+)$/gm)].map(([, name]) => name);
  expect(sections.map(([, title]) => title)).toEqual(alerts);
  const urls = [...rules.matchAll(/runbook_url: (.*)$/gm)].map(([, url]) => url);
  expect(urls).toEqual(alerts.map((name) => `docs/runbooks.md#${name?.toLowerCase()}`));
});

test('figures have no key, address or id as a label', () => {
  for (const text of figures) {
    expect(text).not.toContain(KEY);
    expect(text).not.toContain('nowhere');
  }
});

describe.skipIf(!hasPromtool)('promtool', () => {
  function promtool(args: readonly string[], input?: string): string {
    const { stdout, stderr, status } = spawnSync('promtool', args, {
      cwd: join(projectFolder, 'deploy/observability'),
      input,
      encoding: 'utf8',
    });
    return status === 0 ? '' : stdout + stderr;
  }

  test('finds each figure named by the conventions', () => {
    for (const text of figures) expect(promtool(['check', 'metrics'], text)).toBe('');
  });

  test('finds that the rules raise their alerts', () => {
    expect(promtool(['test', 'rules', 'alerts.test.yml'])).toBe('');
    expect(promtool(['check', 'config', 'prometheus.yml'])).toBe('');
  });
});
