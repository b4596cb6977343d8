import { findCircles, importsOf } from './import-graph.ts';
import { PACKAGES_OF, placeOf, SERVICE_PARTS, targetOf } from './import-places.ts';
import type { Place, ServicePart } from './import-places.ts';

/** A TypeScript file of the project: its path from the root, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/**
 * It reads answers of a service as those read them who do: by their code. What the web app says of
 * texts is compared with the services, too.
 */
const CONTRACTS = 'tools/test/contracts.test.ts';
const READERS = /^(?:services\/[^/]+\/src\/adapters\/|web\/src\/(?:(?:api|i18n)\/|texts\.ts$))/;

/** What the parts of a service may import of their own service. Tests may import everything. */
const MAY_IMPORT: Record<ServicePart, readonly ServicePart[]> = {
  domain: ['domain'],
  application: ['application', 'domain'],
  adapters: ['adapters', 'application', 'domain'],
  http: ['http', 'application', 'domain'],
  'config.ts': ['domain'],
  'service.ts': ['config.ts', 'http', 'adapters', 'application', 'domain'],
  'main.ts': ['config.ts', 'service.ts'],
  migrations: ['migrations'],
  test: [...SERVICE_PARTS],
  elsewhere: [],
};

/** What the rooms of a package, and its index.ts, may import of its other rooms. */
const ROOMS_OF: Record<string, Record<string, readonly string[]>> = {
  runtime: {
    'index.ts': ['server', 'client', 'process'],
    server: ['process'],
    client: ['process'],
    sql: ['process'],
    process: [],
  },
};

/** Parts of a package that a thread, a browser or a test may load without the rest. */
const SMALL_ENTRIES = new Set([
  '@anaquel/events/cloud-event',
  '@anaquel/events/event-text',
  '@anaquel/events/rabbitmq-server',
  '@anaquel/events/redis-server',
  '@anaquel/runtime/migrations',
  '@anaquel/runtime/postgres',
  '@anaquel/runtime/postgres-server',
  '@anaquel/runtime/soak-counts',
  '@anaquel/runtime/sql',
  '@anaquel/runtime/sqlite-template',
  '@anaquel/runtime/tls-authority',
  '@anaquel/runtime/trace-receiver',
  '@anaquel/webhooks/api-contract',
  '@anaquel/webhooks/delivery-contract',
  '@anaquel/webhooks/tables',
  '@anaquel/jsonapi/rules',
  '@anaquel/jsonapi/answer-checks',
  '@anaquel/jsonapi/list-model',
  '@anaquel/jsonapi/refusal-cost',
]);

/** Packages without I/O, time or a framework: rules may use them. */
const PURE_PACKAGES = new Set(['money']);
const OUTSIDE_OF_DOMAIN =
  'domain/ is pure rules and imports nothing from outside itself but @anaquel/money.';

/** Technology that stays behind a port: the domain and the use cases know none of it. */
const TECHNOLOGY =
  /^(fastify|@fastify\/.*|kysely|undici|pg|amqplib|ioredis|typebox|jose|node:(sqlite|http|https|net|fs|child_process|worker_threads)(\/.*)?)$/;

/**
 * Every breach of the project's import rule, one sentence each that says what to do instead.
 * Imports run one way: http and adapters → application → domain; service.ts → everything; services
 * never import each other; packages never import services; nothing goes round in a circle. Only
 * what starts, configures or tests a service reads services/manifest.ts.
 */
export function checkImports(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file.text)]));
  const breaches: string[] = [];
  for (const file of files) {
    const from = placeOf(file.path);
    if (from === null) continue;
    for (const specifier of imports.get(file.path) ?? []) {
      const breach = breachOf(file.path, from, specifier);
      if (breach !== null) breaches.push(`${file.path} imports ${specifier}: ${breach}`);
    }
    breaches.push(...breachesOfProcess(file, from));
    if (from.kind === 'service' && from.part === 'elsewhere') {
      breaches.push(
        `${file.path} has no place: move it to domain/, application/, adapters/ or http/.`,
      );
    }
  }
  return [...breaches, ...findCircles(imports, targetOf)];
}

const WEB_ADVICE = 'web talks HTTP with the others, and shares no code with them.';

function breachOf(path: string, from: Place, specifier: string): string | null {
  const target = targetOf(path, specifier);
  if (target === null) return breachOfTechnology(path, from, specifier);
  const to = placeOf(target);
  if (to === null || target.endsWith('.json')) return null;
  if (/^@anaquel\/[^/]+\//.test(specifier) && !SMALL_ENTRIES.has(specifier))
    return 'a package is imported by its name alone; export it from its src/index.ts.';
  if (path === CONTRACTS && READERS.test(target)) return null;
  if (from.kind === 'web') return to.kind === 'web' ? null : WEB_ADVICE;
  if (to.kind === 'web') return WEB_ADVICE;
  switch (to.kind) {
    case 'package':
      return breachTowardsPackage(path, from, to, specifier);
    case 'manifest':
      return readsManifest(from)
        ? null
        : 'services/manifest.ts is for config.ts, service.ts, tools/ and tests; pass in what is needed.';
    case 'service':
      return breachTowardsService(path, from, to, target);
    case 'tools':
    case 'e2e':
      return from.kind === 'tools' || from.kind === 'e2e'
        ? null
        : 'tools/ and e2e/ are no libraries; move what is shared into a package.';
  }
}

function readsManifest(from: Place): boolean {
  if (from.kind === 'service') return ['config.ts', 'service.ts', 'test'].includes(from.part);
  return from.kind === 'tools' || from.kind === 'e2e';
}

function breachTowardsPackage(
  path: string,
  from: Place,
  { name, room }: Place & { kind: 'package' },
  specifier: string,
): string | null {
  if (from.kind === 'package' && from.name === name) {
    if (specifier.startsWith('@')) return 'inside its own package a file is imported by its path.';
    return path.includes('/test/') ? null : breachOfRooms(from, room);
  }
  if (specifier.startsWith('.')) return `import @anaquel/${name} by its name, not by a path.`;
  if (from.kind === 'package' && !(PACKAGES_OF[from.name] ?? []).includes(name)) {
    const allowed = PACKAGES_OF[from.name] ?? [];
    return `${from.name} may import ${allowed.length > 0 ? `only ${allowed.join(' and ')}` : 'no other package of ours'}; pass in what it needs.`;
  }
  if (from.kind === 'service' && from.part === 'domain' && !PURE_PACKAGES.has(name))
    return OUTSIDE_OF_DOMAIN;
  return null;
}

function breachOfRooms({ name, room }: Place & { kind: 'package' }, to: string): string | null {
  const rooms = ROOMS_OF[name];
  if (rooms === undefined || room === to) return null;
  const allowed = rooms[room];
  if (allowed === undefined)
    return `${name} has the rooms ${Object.keys(rooms).join(', ')}; move the file into one.`;
  if (allowed.includes(to)) return null;
  return `${room} of ${name} may import ${allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other room'}; pass in what it needs.`;
}

function breachTowardsService(
  path: string,
  from: Place,
  to: Place & { kind: 'service' },
  target: string,
): string | null {
  if (from.kind === 'package')
    return 'packages never import services; pass in what the package needs.';
  if (from.kind === 'manifest') return 'the manifest is read by services and knows none of them.';
  if (from.kind === 'e2e')
    return 'e2e/ runs services as processes and imports none of their source.';
  if (from.kind === 'tools') {
    return to.part === 'service.ts' || to.part === 'config.ts'
      ? null
      : 'tools/ use of a service what its service.ts and config.ts offer, and nothing behind it.';
  }
  if (from.kind === 'web') return WEB_ADVICE;
  if (from.name !== to.name)
    return 'services never import each other: call the other one over HTTP, through a port.';
  if (isTestOfOwn(path, target) || MAY_IMPORT[from.part].includes(to.part)) return null;
  return `${from.part} may import ${words(MAY_IMPORT[from.part])}; ${advice(from.part)}`;
}

function isTestOfOwn(path: string, target: string): boolean {
  return path.split('/')[2] === 'test' && path.split('/')[1] === target.split('/')[1];
}

function words(parts: readonly string[]): string {
  return parts.length === 0 ? 'nothing of its service' : `only ${parts.join(', ')}`;
}

function advice(part: ServicePart): string {
  switch (part) {
    case 'application':
      return 'declare a port there and let service.ts pass in what implements it.';
    case 'http':
    case 'adapters':
      return 'let service.ts pass it in.';
    case 'domain':
      return 'take it as an argument.';
    default:
      return 'wire things together in service.ts.';
  }
}

const MIGRATIONS = /^(services\/[^/]+|packages\/runtime\/src\/sql)\/migrations\//;

function breachOfTechnology(path: string, from: Place, specifier: string): string | null {
  if (/^kysely(\/|$)/.test(specifier) && !MIGRATIONS.test(path))
    return 'Kysely is for migrations; everything else writes `sql` of @anaquel/runtime/sql.';
  if (from.kind !== 'service') return null;
  if (from.part === 'domain') return OUTSIDE_OF_DOMAIN;
  if (from.part === 'application' && TECHNOLOGY.test(specifier)) {
    return 'application/ knows no technology: declare a port there and implement it in adapters/.';
  }
  return null;
}

/** Only an entry point knows the environment and the signals of its process. */
function breachesOfProcess({ path, text }: SourceFile, from: Place): string[] {
  if (from.kind === 'tools' || from.kind === 'e2e' || /\/test\//.test(path)) return [];
  // Its configuration is read by Vite, on a machine that builds.
  if (path === 'web/vite.config.ts') return [];
  if (from.kind === 'service' && from.part === 'main.ts') return [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  const breaches: string[] = [];
  if (/\bprocess\.env\b|\benv\b[^;]*from 'node:process'/.test(code)) {
    breaches.push(`${path} reads process.env: read it in main.ts and pass in what is needed.`);
  }
  // The one helper that main.ts hands its signals to.
  const handlesSignals = path === 'packages/runtime/src/process/process.ts';
  if (!handlesSignals && /\bprocess\s*\.(on|once|addListener)\(/.test(code)) {
    breaches.push(`${path} listens to its process: leave signals to main.ts and runService.`);
  }
  return breaches;
}
