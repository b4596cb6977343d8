import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { settingsOf, type Services } from '../../services/manifest.ts';
import { projectFolder, serviceNodeFlags } from '../settings.ts';

export const readProjectFile = (name: string): string =>
  readFileSync(join(projectFolder, name), 'utf8');

/** A sentence for each line that compose.yaml or the Dockerfile lacks for a service. */
export function deploymentProblems(manifest: Services, gateway: { port: number }): string[] {
  return [
    ...missingLines('compose.yaml', Object.entries(manifest).flatMap(composeLines)),
    ...missingLines('compose.yaml', [portsLine(gateway.port)]),
    ...missingLines('Dockerfile', Object.entries(manifest).flatMap(imageLines)),
    ...missingLines('Dockerfile', processLines('gateway', gateway.port)),
  ];
}

function missingLines(file: string, lines: readonly string[]): string[] {
  const present = new Set(
    readProjectFile(file)
      .split('\n')
      .map((line) => line.trim()),
  );
  return lines
    .filter((line) => !present.has(line))
    .map((line) => `${file} lacks the line: ${line}`);
}

function composeLines([name, { port }]: [string, Services[string]]): string[] {
  const { baseUrl, publicUrl } = settingsOf(name);
  return [
    `build: { context: ., target: ${name} }`,
    `volumes: [${name}-data:/data]`,
    `${name}-migrate:`,
    `node tools/migrate.ts up ${name} && node tools/write-keys-file.ts ${name} /data/keys.json,`,
    `${name}:`,
    `${name}-migrate: { condition: service_completed_successfully }`,
    `${baseUrl}: http://${name}:${port}`,
    `${publicUrl}: http://127.0.0.1:${port}`,
    portsLine(port),
    // Of the gateway, and of the volumes.
    `${name}: { condition: service_healthy }`,
    `${name}-data:`,
  ];
}

function portsLine(port: number): string {
  return `ports: ['127.0.0.1:${port}:${port}']`;
}

function imageLines([name, { port, database }]: [string, Services[string]]): string[] {
  const url = `file:/data/${database.file}`;
  return [
    ...processLines(name, port),
    `ENV PORT=${port} DATABASE_URL=${url} ${settingsOf(name).databaseUrl}=${url}`,
  ];
}

function processLines(name: string, port: number): string[] {
  const command = ['node', ...serviceNodeFlags, `dist/${name}/main.js`];
  return [
    `COPY services/${name}/package.json services/${name}/`,
    `FROM base AS ${name}`,
    `COPY services/${name} services/${name}`,
    `COPY --from=build /app/dist/${name} dist/${name}`,
    `EXPOSE ${port}`,
    `CMD [${command.map((word) => `"${word}"`).join(', ')}]`,
  ];
}
