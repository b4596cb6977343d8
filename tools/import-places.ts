import { posix } from 'node:path';

/** Where something stands. Places are what the rule speaks of; files only belong to one. */
export type Place =
  | { kind: 'service'; name: string; part: ServicePart }
  | { kind: 'manifest' }
  | { kind: 'package'; name: string; room: string }
  | { kind: 'web' }
  | { kind: 'tools' }
  | { kind: 'e2e' };

const MANIFEST = 'services/manifest.ts';
export type ServicePart = (typeof SERVICE_PARTS)[number] | 'elsewhere';

export const SERVICE_PARTS = [
  'domain',
  'application',
  'adapters',
  'http',
  'service.ts',
  'config.ts',
  'main.ts',
  'migrations',
  'test',
] as const;

/** What each package may import of the others. */
export const PACKAGES_OF: Record<string, readonly string[]> = {
  money: [],
  jsonapi: [],
  runtime: ['jsonapi'],
  events: ['jsonapi', 'runtime'],
  webhooks: ['events', 'jsonapi', 'runtime'],
};

/** Null for what the rule says nothing of. */
export function placeOf(path: string): Place | null {
  const [top = '', name = '', ...rest] = path.split('/');
  if (top === 'web') return { kind: 'web' };
  if (top === 'tools') return { kind: 'tools' };
  if (top === 'e2e') return { kind: 'e2e' };
  if (top === 'packages') return { kind: 'package', name, room: rest[1] ?? '' };
  if (path === MANIFEST) return { kind: 'manifest' };
  if (top !== 'services') return null;
  const part = rest[0] === 'src' ? rest[1] : rest[0];
  return {
    kind: 'service',
    name,
    part: SERVICE_PARTS.find((candidate) => candidate === part) ?? 'elsewhere',
  };
}

/** A path of the project for an import of ours, or null for an import of anything else. */
export function targetOf(path: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  const ours = /^@anaquel\/([^/]+)/.exec(specifier)?.[1];
  if (ours === undefined) return null;
  return ours in PACKAGES_OF ? `packages/${ours}/src/index.ts` : `services/${ours}/src/main.ts`;
}
