import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSoak } from '@anaquel/runtime/soak-counts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrateCall } from '../tools/migrate-call.ts';
import { readReplayCall } from '../tools/replay/replay-call.ts';
import { projectFolder } from '../tools/settings.ts';
import { readComposeFile } from '../tools/test/compose-file.ts';
import { projectDocuments, readProjectFile } from '../tools/test/project-file.ts';
import { createCheckout } from './checkout.ts';
import { commandLinesOf, runBlocks, shellBlocksOf, type ShellBlock } from './document-commands.ts';
import { startShop, whatIsLeft, type Shop } from './shop.ts';

// Each block of each document for a shell is run as it is written, in a folder where npm start
// runs, unless NOT_RUN has it: those of READ_FIRST in every run of the tests, the others in the
// soak. The commands of all of them, and those in sentences, are checked.

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Each by its first line, with the reason. */
const NOT_RUN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { 'npm start': 'it starts the shop of this test, and npm test runs this' },
  'bench/README.md': { 'npm run bench': 'it takes minutes' },
  'deploy/postgres-ha/README.md': {
    'apt-get install': 'it installs packages',
    'sudo -u postgres createuser': 'it needs the machines',
  },
  'docs/backup.md': {
    'npm run backup': 'docs/operations.md does',
    'npm run restore': 'the shop runs: docs/operations.md has one that may',
  },
  'docs/containers.md': {
    'docker compose run': 'npm run test:containers does',
    'git pull': 'npm run test:containers does but for git',
    'docker compose -f compose.yaml -f compose.scale.yaml run': 'test:containers -- --scale does',
    'docker compose -f compose.yaml -f compose.scale.yaml build': 'the same',
  },
  'docs/events.md': { 'npm run events': 'it needs a broker: rabbitmq and redis.test.ts have one' },
  'docs/kubernetes.md': { 'kubectl create': 'it needs a cluster' },
  'docs/observability.md': { OTEL_EXPORTER_OTLP_ENDPOINT: 'a second npm start' },
  'docs/postgresql.md': {
    createuser: 'it needs an administrator of a server',
    'npm run migrate -- copy products --from file': 'start-postgres.test.ts does',
    'npm run migrate -- copy products --from postgres': 'start-postgres.test.ts does',
    'npm start': 'start-postgres.test.ts does',
  },
  'docs/releases.md': {
    'tar xzf': 'release.test.ts does',
    'npm run backup': 'release.test.ts does, and there is one version',
  },
  'docs/tls.md': {
    'TLS_CERT_FILE=': 'tls.test.ts starts a shop with certificates',
    'curl --cacert': 'tls.test.ts does',
  },
  'services/inventory/test/fixtures/releases/README.md': { 'git worktree': 'it needs a release' },
};

/** Not README.es.md, which has the commands of README.md, nor records of what was once decided. */
const documents = projectDocuments.filter(
  (path) => path !== 'README.es.md' && !path.startsWith('docs/decisions/'),
);

const reasonsOf = (document: string) => Object.entries(NOT_RUN[document] ?? {});
const isNotRun = (document: string, { firstLine }: ShellBlock): boolean =>
  reasonsOf(document).some(([begin]) => firstLine.startsWith(begin));

/** What everybody reads. */
const READ_FIRST = ['README.md', 'docs/api.md'];

const blocksToRun = documents
  .filter((document) => READ_FIRST.includes(document) !== isSoak)
  .map((document) => {
    const blocks = shellBlocksOf(readProjectFile(document)).filter(
      (block) => !block.isSettings && !isNotRun(document, block),
    );
    return { document, blocks };
  })
  .filter(({ blocks }) => blocks.length > 0);

/** What the documents say that their commands print. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'docs/api.md': /^39\nreturn, sale, reservation, count$/m,
};

describe('as written', () => {
  let checkout: ReturnType<typeof createCheckout>;
  let shop: Shop;
  let elsewhere: string;

  beforeAll(async () => {
    checkout = createCheckout();
    elsewhere = mkdtempSync(join(tmpdir(), 'anaquel-elsewhere-'));
    // The endpoint of the example of a webhook is not looked up then.
    shop = await startShop(checkout.folder, { env: { WEBHOOKS_ALLOW_PRIVATE: 'true' } });
    await shop.ready();
  });

  afterAll(async () => {
    const family = shop.pids();
    shop.npm.kill('SIGTERM');
    const leftovers = await whatIsLeft(shop, family);
    if (leftovers.length > 0) throw new Error(`Left behind: ${leftovers.join(', ')}`);
    checkout.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  for (const { document, blocks } of blocksToRun) {
    const lacksOpenssl = !hasOpenssl && blocks.some(({ text }) => text.includes('openssl'));
    test.skipIf(lacksOpenssl)(`the commands of ${document} run`, async () => {
      const { products, inventory, gateway } = shop.ports;
      const { statuses, output } = await runBlocks(blocks, {
        folder: checkout.folder,
        env: {
          GATEWAY_PORT: String(gateway),
          PRODUCTS_PORT: String(products),
          INVENTORY_PORT: String(inventory),
        },
        replacements: {
          '127.0.0.1:8001': `127.0.0.1:${products}`,
          '127.0.0.1:8002': `127.0.0.1:${inventory}`,
          'https://partner.example': 'http://127.0.0.9:9',
          '/backups/': `${elsewhere}/${document.replaceAll('/', '-')}-`,
        },
      });
      expect(statuses).toEqual(blocks.flatMap((block) => block.statuses));
      expect(output).toMatch(PRINTED[document] ?? /^/);
    });
  }
});

describe('what is not run', () => {
  test('is in a document', () => {
    for (const document of Object.keys(NOT_RUN)) {
      const first = shellBlocksOf(readProjectFile(document)).map(({ firstLine }) => firstLine);
      const unknown = reasonsOf(document).filter(
        ([begin]) => first.filter((line) => line.startsWith(begin)).length !== 1,
      );
      expect([document, unknown]).toEqual([document, []]);
    }
  });

  test('names only scripts, arguments, containers, files and settings that there are', () => {
    for (const document of documents) {
      const markdown = readProjectFile(document);
      const faults = commandLinesOf(markdown).flatMap((line) => [
        ...faultsOfNpm(line),
        ...faultsOfCompose(line),
        ...faultsOfFiles(line),
      ]);
      expect([document, ...faults, ...faultsOfSettings(markdown)]).toEqual([document]);
    }
  });
});

interface NpmCall {
  readonly script: string;
  readonly args: readonly string[];
}

/** `npm start`, `npm test` and `npm run …`; what npm itself does is not ours. */
function npmCallsIn(line: string): NpmCall[] {
  const calls = line.matchAll(
    /\bnpm (?:run )?(?<script>start|test|(?<=run )[a-z:-]+)(?: -- (?<args>.*))?/g,
  );
  return [...calls].map(({ groups = {} }) => ({
    script: groups['script'] ?? '',
    args: (groups['args'] ?? '')
      // What a reader is to fill in.
      .replaceAll(/<[^>]*>|…/g, (word) => FILLED[word] ?? 'something')
      .split(' ')
      .filter(Boolean),
  }));
}

const FILLED: Readonly<Record<string, string>> = {
  '<service>': 'inventory',
  '<position or time>': '0',
  '<time>': '2026-11-29',
};

const { scripts } = JSON.parse(readProjectFile('package.json')) as {
  scripts: Readonly<Record<string, string>>;
};

function faultsOfNpm(line: string): string[] {
  return npmCallsIn(line)
    .map(faultOfCall)
    .filter((fault) => fault !== null);
}

/** Null when the call makes sense. */
function faultOfCall({ script, args }: NpmCall): string | null {
  const name = ['npm run', script, ...args].join(' ');
  const command = scripts[script]?.split(' ') ?? [];
  if (command.length === 0) return `there is no ${name}`;
  // A sentence may name the first word alone.
  if (script === 'migrate' && args.length > 1) return readMigrateCall(args) ? null : name;
  if (script === 'events' && args.length > 1) return readReplayCall(args) ? null : name;
  const code = sourcesOf(command.at(-1) ?? '');
  const unknown = args
    .filter((word) => word.startsWith('--'))
    .find((flag) => !code.includes(` ${flag.slice(2)}: {`) && !code.includes(`'${flag}'`));
  return unknown === undefined ? null : `${name}: it knows no ${unknown}`;
}

/** A command's file, with those of its folder. */
function sourcesOf(file: string): string {
  const folder = file.replace(/\.ts$/, '');
  const files = globSync([file, `${folder}/*.ts`], { cwd: projectFolder });
  return files.map(readProjectFile).join('\n');
}

const composeFiles = ['compose.yaml', 'compose.scale.yaml'].map((name) => readComposeFile(name));
const composeServices = new Set(composeFiles.flatMap(({ services }) => Object.keys(services)));

/** Words of `docker compose` that are neither options nor their values. */
function faultsOfCompose(line: string): string[] {
  const [, rest] = /^docker compose (.*)$/.exec(line.trim()) ?? [];
  if (rest === undefined) return [];
  const words = rest.split(/\s+/);
  const files = words.filter((_, index) => words[index - 1] === '-f');
  const [command = '', ...args] = words.filter(
    (word) => !word.startsWith('-') && !files.includes(word),
  );
  const services = command === 'run' ? args.slice(0, 1) : args;
  return [
    ...files.filter((file) => !existsSync(join(projectFolder, file))),
    ...services.filter((name) => !composeServices.has(name)),
  ].map((word) => `${line}: there is no ${word}`);
}

function faultsOfFiles(line: string): string[] {
  const named = line.matchAll(/(?<=^|\s|\()(?:tools|services|deploy|bench|docs)\/[\w./-]+/g);
  return [...named]
    .map(String)
    .filter((file) => !existsSync(join(projectFolder, file)))
    .map((file) => `there is no ${file}`);
}

function faultsOfSettings(markdown: string): string[] {
  const known = readProjectFile('docs/settings.md');
  return shellBlocksOf(markdown)
    .flatMap(({ text }) => [...text.matchAll(/(?<=^|\s)[A-Z][A-Z0-9_]+(?==)/gm)].map(String))
    .filter((name) => !known.includes(`\`${name}\``))
    .map((name) => `there is no setting ${name}`);
}
