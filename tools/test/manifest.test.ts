import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gateway, processNames, serviceNames, services } from '../../services/manifest.ts';
import { projectFolder } from '../settings.ts';
import { deploymentProblems } from './deployment.ts';
import { startService } from './start-service.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-manifest-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('every folder of a service has an entry, and every entry a folder', () => {
  const entries = readdirSync(join(projectFolder, 'services'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual([...processNames].sort());
});

test('no two services share a port, a database or a path', () => {
  const all = Object.values(services);
  const values: unknown[] = [
    gateway.port,
    ...all.flatMap(({ port, database, paths }) => [port, database.file, ...paths]),
  ];
  expect(values.filter((value, index) => values.indexOf(value) !== index)).toEqual([]);
});

test('compose.yaml and the Dockerfile run what the manifest names', () => {
  expect(deploymentProblems(services, gateway)).toEqual([]);
});

test('a service more is missed there, one thing after the other', () => {
  const returns = { ...services.products, port: 8003, database: { file: 'r.db', firstTable: 'r' } };
  const problems = deploymentProblems({ ...services, returns }, gateway);
  for (const problem of [
    'compose.yaml lacks the service returns.',
    'compose.yaml lacks the service returns-prepare.',
    'compose.yaml lacks RETURNS_BASE_URL: http${TLS_CERT_FILE:+s}://returns:8003 in gateway.',
    'Dockerfile lacks the line: FROM base AS returns',
    'Dockerfile lacks the line: ENV PORT=8003',
  ])
    expect(problems).toContain(problem);
});

test.each(serviceNames)(
  '%s serves the paths that services/manifest.ts declares, so that the gateway forwards to all of them',
  async (name) => {
    const { app, close } = await startService(name, folder);
    const { paths = {} } = await app.openApiDocument();
    const first = Object.keys(paths).flatMap((url) => /^\/api\/v1\/([^/]+)/.exec(url)?.[1] ?? []);
    await close();
    expect([...new Set(first)].sort()).toEqual([...services[name].paths].sort());
  },
);
