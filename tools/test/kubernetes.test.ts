import { beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import {
  gateway,
  processNames,
  serviceNames,
  services,
  type ProcessName,
} from '../../services/manifest.ts';
import { fileSettingOf } from '@anaquel/runtime';
import { readConfigOf } from '../service-configs.ts';
import { readRecorder } from '../start/check-settings.ts';
import { settingsReadBy } from '../settings-page/settings-readers.ts';
import { settingTexts } from '../settings-page/setting-texts.ts';
import { readProjectFile } from './project-file.ts';
import {
  kustomize,
  objectProblems,
  render,
  type KubernetesObject,
  type PodSpec,
} from './kubernetes-objects.ts';

const OVERLAYS = ['single', 'scale'] as const;
/** Where secrets are mounted, and what they are in tests. */
const SECRETS = '/run/secrets/anaquel/';
const SECRET = 'a-secret-that-is-long-enough-for-all';
const VALUES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://user:password@db:5432/shop',
  WEBHOOKS_SECRET_KEY: '0'.repeat(64),
};
/** Every setting that docs/settings.md has a row for. */
const known = new Set(
  settingTexts.flatMap(({ settings }) => settings.flatMap(({ names }) => names)),
);
/**
 * What no operator sets: the images and overlays have decided it, or one value for all three
 * services would be wrong.
 */
const DECIDED = ['HOST', 'PORT', 'DATABASE_URL', 'DATABASE_URL_FILE', 'OTEL_SERVICE_NAME'];
const dockerfile = readProjectFile('Dockerfile');
const portOf = (name: ProcessName): number =>
  name === 'gateway' ? gateway.port : services[name].port;

describe.skipIf(kustomize === null).each(OVERLAYS)('deploy/kubernetes/%s', (overlay) => {
  let objects: KubernetesObject[];

  beforeAll(() => {
    objects = render(overlay);
  });

  const pods = (): PodSpec[] => objects.flatMap(({ spec }) => spec?.template?.spec ?? []);

  function podOf(name: string): PodSpec {
    const found = pods().find(({ containers }) => containers[0]?.name === name);
    if (found === undefined) throw new Error(`There is no pod of ${name}`);
    return found;
  }

  /** What a service is told: by all of it, and by its own lines. */
  function settingsOf(name: ProcessName): Record<string, string> {
    const shared = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const own = podOf(name).containers[0]?.env ?? [];
    return { ...shared, ...Object.fromEntries(own.map((one) => [one.name, one.value])) };
  }

  test.each(processNames)('names every setting of %s that an operator would set', async (name) => {
    const read = [...(await settingsReadBy(name))].filter((one) => !DECIDED.includes(one));
    const given = settingsOf(name);
    expect(read.length).toBeGreaterThan(20);
    // A secret is a file, since everybody who may read the cluster's objects sees the others.
    const toBeNamed = read.filter((one) => !read.includes(fileSettingOf(one)));
    expect(toBeNamed.filter((one) => !(one in given))).toEqual([]);
    expect(read.filter((one) => read.includes(fileSettingOf(one)) && one in given)).toEqual([]);
  });

  test('is what Kubernetes knows, field by field', async () => {
    for (const object of objects) expect(await objectProblems(object)).toEqual([]);
  });

  test.each(processNames)('runs the image of %s, on the port that it serves', (name) => {
    const pod = podOf(name);
    const images = [...(pod.initContainers ?? []), ...pod.containers].map(({ image }) => image);
    expect(new Set(images)).toEqual(new Set([`anaquel/${name}:${packageJson.version}`]));
    expect(dockerfile).toContain(`FROM base AS ${name}\n`);
    expect(pod.containers[0]?.ports).toContainEqual({ name: 'http', containerPort: portOf(name) });
    const service = objects.find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === name,
    );
    expect(service?.spec?.ports).toMatchObject([{ port: portOf(name) }]);
    expect(dockerfile).toContain(`EXPOSE ${portOf(name)}\n`);
  });

  test('allows containers nothing, as the user of the image', () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(dockerfile) ?? [];
    for (const { securityContext, containers, initContainers = [], ...pod } of pods()) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: Number(user),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.enableServiceLinks).toBe(false);
      for (const container of [...initContainers, ...containers])
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  test.each(processNames)('gives %s its settings, and mounts its secrets', async (name) => {
    const settings = Object.entries(settingsOf(name));
    const secrets = settings.filter(([, value]) => value.startsWith(SECRETS));
    const others = settings.filter(([, value]) => !value.startsWith(SECRETS));
    const values = secrets.map(([setting]) => {
      const secret = setting.replace(/_FILE$/, '');
      return [secret, VALUES[secret] ?? SECRET];
    });
    const read = new Set<string>();
    const readConfig = await readConfigOf(name);
    // It throws when one is missing.
    readConfig(readRecorder(read, Object.fromEntries([...others, ...values])), '/');
    expect(
      values.map(([setting]) => setting).filter((setting) => !read.has(setting ?? '')),
    ).toEqual([]);
    expect(settings.map(([setting]) => setting).filter((setting) => !known.has(setting))).toEqual(
      [],
    );
    const { volumes, containers } = podOf(name);
    const items = volumes.flatMap(({ secret }) => secret?.items ?? []);
    const mounted = new Set(items.map(({ path }) => SECRETS + path));
    expect(secrets.filter(([, path]) => !mounted.has(path))).toEqual([]);
    const metricsPort = Number(Object.fromEntries(settings)['METRICS_PORT']);
    expect(containers[0]?.ports).toContainEqual({ name: 'metrics', containerPort: metricsPort });
  });
});

test.skipIf(kustomize === null)('migrates by a Job whose name has the release', () => {
  const jobs = render('scale').filter(({ kind }) => kind === 'Job');
  const release = packageJson.version.replaceAll('.', '-');
  expect(jobs.map(({ metadata }) => metadata.name).sort()).toEqual(
    [...serviceNames].map((name) => `${name}-migrate-${release}`).sort(),
  );
});

test.skipIf(kustomize === null)('a field that Kubernetes does not know is found', async () => {
  const [object] = render('scale').filter(({ kind }) => kind === 'Deployment');
  const misspelt = { ...object, spec: { ...object?.spec, replicaz: 3 } } as KubernetesObject;
  expect(await objectProblems(misspelt)).toEqual([
    expect.stringContaining('unknown field /spec/replicaz'),
  ]);
});
