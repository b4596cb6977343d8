import { settingsOf, type Services } from '../../services/manifest.ts';
import { serviceMemory, serviceNodeFlags } from '../settings.ts';
import { readComposeFile } from './compose-file.ts';
import { readProjectFile } from './project-file.ts';

/** A sentence for each thing that compose.yaml or the Dockerfile lacks for a service. */
export function deploymentProblems(manifest: Services, gateway: { port: number }): string[] {
  const dockerfile = new Set(readProjectFile('Dockerfile').split('\n'));
  const ports = { ...mapPorts(manifest), gateway: gateway.port };
  return [
    ...Object.entries(ports).flatMap(([name, port]) => [
      ...imageLines(name, port)
        .filter((line) => !dockerfile.has(line))
        .map((line) => `Dockerfile lacks the line: ${line}`),
      ...processProblems(name, port),
    ]),
    ...Object.entries(manifest).flatMap(([name, { port }]) => serviceProblems(name, port)),
  ];
}

function mapPorts(manifest: Services): Record<string, number> {
  return Object.fromEntries(Object.entries(manifest).map(([name, { port }]) => [name, port]));
}

function imageLines(name: string, port: number): string[] {
  const words = ['node', ...serviceNodeFlags, `dist/${name}/entry.mjs`];
  const quoted = (all: readonly string[]) => all.map((word) => `"${word}"`).join(', ');
  const memory = Object.entries(serviceMemory).map((setting) => setting.join('='));
  return [
    `ENV ${memory.join(' ')}`,
    `COPY services/${name}/package.json services/${name}/`,
    `FROM base AS ${name}`,
    `COPY --from=build /images/${name} ./`,
    `ENV PORT=${port}`,
    `EXPOSE ${port}`,
    `ENTRYPOINT [${quoted(words)}]`,
    // With the same flags, or V8 does not take what was compiled.
    `RUN [${quoted([...words, 'warm-up'])}]`,
  ];
}

const composeFile = readComposeFile('compose.yaml');

function processProblems(name: string, port: number): string[] {
  const service = composeFile.services[name];
  if (service === undefined) return [`compose.yaml lacks the service ${name}.`];
  const published = `\${PUBLISHED_HOST:-127.0.0.1}:\${${settingsOf(name).port}:-${port}}:${port}`;
  return [
    ...(service.build?.target === name ? [] : [`compose.yaml builds another target for ${name}.`]),
    ...(service.ports?.includes(published) ? [] : [`compose.yaml lacks the port ${published}.`]),
  ];
}

function startsAfter(name: string, other: string): boolean {
  const others = composeFile.services[name]?.depends_on ?? [];
  return (Array.isArray(others) ? others : Object.keys(others)).includes(other);
}

function serviceProblems(name: string, port: number): string[] {
  const { services, volumes } = composeFile;
  const step = `${name}-prepare`;
  const volume = `${name}-data`;
  const url = `http\${TLS_CERT_FILE:+s}://${name}:${port}`;
  const setting = settingsOf(name).baseUrl;
  return [
    [services[step]?.command?.join() === 'prepare', `the service ${step}`],
    [startsAfter(name, step), `that ${name} starts after ${step}`],
    [services[name]?.volumes?.includes(`${volume}:/app/data`), `${volume} in ${name}`],
    [volume in volumes, `the volume ${volume}`],
    [startsAfter('gateway', name), `that gateway starts after ${name}`],
    [services['gateway']?.environment?.[setting] === url, `${setting}: ${url} in gateway`],
  ].flatMap(([isThere, what]) => (isThere ? [] : [`compose.yaml lacks ${what}.`]));
}
