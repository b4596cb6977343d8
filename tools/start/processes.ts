import { isIP } from 'node:net';
import { join } from 'node:path';
import { fileSettingOf, type Environment } from '@anaquel/runtime';
import { viteCommand } from '../build-web-app.ts';
import {
  gateway,
  gatewayKeySettings,
  mapServices,
  processNames,
  serviceNames,
  services,
  settingsOf,
  type ProcessName,
  type ServiceName,
} from '../../services/manifest.ts';
import { projectFolder, serviceEnvironment, serviceNodeFlags } from '../settings.ts';
import type { Settings } from '../settings.ts';
import type { ServiceProcess } from './service-process.ts';

/** What the processes of a shop are made of. */
export interface ShopParts {
  settings: Settings;
  environment: Environment;
  /** Where each can be called; one with replicas at its first one. */
  urls: Record<ProcessName, string>;
  /** The keys that each service knows besides its own. */
  keysFiles: Record<ServiceName, string>;
  /** What Node is to run of each: its bundle, or its source. */
  mainOf: (name: ProcessName) => string;
}

/** What is no business of a process is not in its environment. */
const SECRETS_OF_SERVICES = [
  ...serviceNames.map((name) => settingsOf(name).apiKey),
  'WEBHOOKS_SECRET_KEY',
];
const DATABASE_URLS = ['DATABASE_URL', ...serviceNames.map((name) => settingsOf(name).databaseUrl)];
const SECRETS_OF_GATEWAY: readonly string[] = [
  ...Object.values(gatewayKeySettings),
  'OPERATOR_PASSWORD',
];

/**
 * What runs of each service: as many processes as it has replicas. Those that are called come
 * first, so that they are stopped last.
 */
export function shopProcesses(parts: ShopParts): Map<ProcessName, readonly ServiceProcess[]> {
  return new Map(
    processNames.map((name) => [
      name,
      portsOf(name, parts.settings).map((port, index) =>
        shopProcess(name, port, parts.settings.metrics?.ports[name][index]?.port, parts),
      ),
    ]),
  );
}

/** Where each can be called; one with replicas at its first one. */
export function baseUrls({
  host,
  scheme,
  services: all,
  gateway: door,
}: Settings): ShopParts['urls'] {
  return {
    ...mapServices((name) => originOf(host, all[name].port, scheme)),
    gateway: originOf(host, door.port),
  };
}

function portsOf(name: ProcessName, settings: Settings): readonly number[] {
  const ports = name === 'gateway' ? [settings.gateway] : settings.services[name].replicas;
  return ports.map(({ port }) => port);
}

function originOf(host: string, port: number, scheme: Settings['scheme'] = 'http'): string {
  const anyAddress = host === '0.0.0.0' || host === '::';
  const reachable = anyAddress ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${reachable}:${port}`;
}

/** The web app with hot reload; what it does not serve itself it asks the gateway for. */
export function viteProcess({ settings, environment, urls }: ShopParts): {
  process: ServiceProcess;
  url: string;
} {
  const folder = join(projectFolder, 'web');
  const address = new URL(urls.gateway).hostname;
  const { port } = settings.web;
  const url = `http://${address}:${port}`;
  const args = ['--host', settings.host, '--port', String(port), '--strictPort'];
  return {
    process: {
      name: 'Vite',
      args: [viteCommand(folder), ...args],
      cwd: folder,
      env: {
        ...without(environment, [...SECRETS_OF_SERVICES, ...DATABASE_URLS, ...SECRETS_OF_GATEWAY]),
        GATEWAY_URL: urls.gateway,
      },
      readyUrl: `${url}/`,
      liveUrl: null,
    },
    url,
  };
}

function shopProcess(
  name: ProcessName,
  port: number,
  metricsPort: number | undefined,
  parts: ShopParts,
): ServiceProcess {
  const { settings } = parts;
  const title = name === 'gateway' ? gateway.title : services[name].title;
  // Who asks for health has no certificate.
  const isPlain = name === 'gateway' || settings.scheme === 'http';
  const { metrics } = settings;
  const url = isPlain
    ? originOf(settings.host, port)
    : originOf(metrics?.host ?? '', metricsPort ?? 0);
  return {
    name: portsOf(name, settings).length === 1 ? title : `${title} on port ${port}`,
    args: [...serviceNodeFlags, parts.mainOf(name)],
    cwd: projectFolder,
    env: {
      ...Object.fromEntries(
        serviceNames.map((one) => [settingsOf(one).baseUrl, replicaUrls(one, settings).join(',')]),
      ),
      ...serviceEnvironment,
      ...(name === 'gateway' ? gatewayEnvironment(parts) : environmentOf(name, parts)),
      PORT: String(port),
      METRICS_PORT: metricsPort?.toString(),
    },
    // The gateway works without the services: asking it for them, while they start as well, would
    // only make it warn.
    readyUrl: `${url}/health/${name === 'gateway' ? 'live' : 'ready'}`,
    liveUrl: `${url}/health/live`,
  };
}

/** The addresses of all replicas of a service, the first one first. */
export function replicaUrls(name: ServiceName, settings: Settings): string[] {
  return portsOf(name, settings).map((port) => originOf(settings.host, port, settings.scheme));
}

function gatewayEnvironment({ environment }: ShopParts): Environment {
  return {
    ...without(environment, [...SECRETS_OF_SERVICES, ...DATABASE_URLS]),
    // Who starts a shop to try it wants to buy in it.
    STOREFRONT: environment['STOREFRONT'] || 'open',
  };
}

function environmentOf(
  name: ServiceName,
  { settings, environment, keysFiles }: ShopParts,
): Environment {
  const { databaseUrl, databaseUrlFile } = settings.services[name];
  return {
    ...without(environment, [...DATABASE_URLS, ...SECRETS_OF_GATEWAY]),
    TRUST_PROXY: trustingGateway(environment['TRUST_PROXY'], settings.host),
    KEYS_FILE: keysFiles[name],
    ...(databaseUrlFile === null
      ? { DATABASE_URL: databaseUrl }
      : { [fileSettingOf('DATABASE_URL')]: databaseUrlFile }),
  };
}

/**
 * What a service must believe of proxies, so that its links lead to the gateway, which calls from
 * this machine. A list that was set, of proxies in front of the gateway, says nothing of the
 * gateway itself.
 */
export function trustingGateway(trustProxy: string | undefined, host: string): string {
  if (trustProxy !== undefined && /^(?:true|false|\d+)$/.test(trustProxy)) return trustProxy;
  const anyAddress = host === '0.0.0.0' || host === '::';
  const own = isIP(host) !== 0 && !anyAddress ? [host] : [];
  return ['loopback', ...own, ...(trustProxy === undefined ? [] : [trustProxy])].join(',');
}

/** An environment without these secrets, and without the names of their files. */
function without(environment: Environment, secrets: readonly string[]): Environment {
  const names = new Set(secrets.flatMap((name) => [name, fileSettingOf(name)]));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
}
