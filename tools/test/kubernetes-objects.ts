import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectFolder } from '../settings.ts';

/** An object of Kubernetes, as far as tests look into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: { readonly spec: PodSpec };
    readonly ports?: readonly { readonly port: number }[];
  };
}

export interface PodSpec {
  readonly enableServiceLinks?: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly Volume[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
}

interface Volume {
  readonly name: string;
  readonly secret?: { readonly items: readonly { readonly path: string; readonly key: string }[] };
}

const downloaded = join(homedir(), '.cache/anaquel/kustomize/usr/bin/kustomize');

/** The program that renders them, or null. */
export const kustomize =
  [process.env['KUSTOMIZE'], 'kustomize', downloaded].find(
    (program) =>
      program !== undefined &&
      (existsSync(program) || spawnSync(program, ['version']).status === 0),
  ) ?? null;
if (kustomize === null) {
  console.warn(
    'There is no kustomize on PATH, so the tests of deploy/kubernetes are SKIPPED. On Debian: tools/kustomize.sh',
  );
}

/** What an overlay makes. */
export function render(overlay: string): KubernetesObject[] {
  const path = join(projectFolder, 'deploy/kubernetes', overlay);
  const { status, stdout, stderr } = spawnSync(kustomize ?? '', ['build', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((one) => one.toJS() as KubernetesObject);
}

/** By Ajv: true, or false and the `errors` of the last call. */
interface Validate {
  (data: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly keyword: string }[] | null;
}

/**
 * What Kubernetes would refuse of an object, by its schemas. They let fields pass that they don't
 * know: those are what their validation never reads.
 */
export async function objectProblems(object: KubernetesObject): Promise<string[]> {
  const { apiVersion, kind, metadata } = object;
  const schema = `IoK8sApi${schemaPart(apiVersion)}${kind}`;
  const { validate } = (await import(`kubernetes-models/_schemas/${schema}`)) as {
    validate: Validate;
  };
  const unread = new Set<string>();
  const what = `${kind} ${metadata.name}`;
  if (!validate(readMarker(object, '', unread)))
    return (validate.errors ?? []).map(
      (error) => `${what}: ${error.instancePath} ${error.keyword}`,
    );
  return [...unread].map((field) => `${what}: unknown field ${field}`);
}

/** `networking.k8s.io/v1` is `NetworkingV1`, and `v1` `CoreV1`. */
function schemaPart(apiVersion: string): string {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const [name = ''] = group.split('.');
  return [name, version].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The same value. The path of each member is in `unread` until somebody reads it. */
function readMarker<Value extends object>(value: Value, path: string, unread: Set<string>): Value {
  const children = new Map(
    Object.entries(value).map(([name, child]) => {
      const place = `${path}/${name}`;
      if (!Array.isArray(value)) unread.add(place);
      const isTree = typeof child === 'object' && child !== null;
      return [name, isTree ? readMarker(child as object, place, unread) : child] as const;
    }),
  );
  return new Proxy(value, {
    get(target, name) {
      if (typeof name !== 'string' || !children.has(name))
        return Reflect.get(target, name) as unknown;
      unread.delete(`${path}/${name}`);
      return children.get(name);
    },
  });
}
