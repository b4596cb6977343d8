import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../settings.ts';

/**
 * How Patroni speaks to etcd: by version 3 of its protocol or by version 2. Releases of Patroni
 * before 3.0.3 lose sales by version 3 (deploy/postgres-ha/README.md).
 */
export type EtcdProtocol = 'etcd3' | 'etcd-v2';

export const etcdProtocols: readonly EtcdProtocol[] = ['etcd3', 'etcd-v2'];

/** Both as host:port. */
export interface Endpoint {
  readonly listen: string;
  /** How the other machines reach it. */
  readonly address: string;
}

/** One machine of the cluster: a member of etcd, and a PostgreSQL that Patroni runs. */
export interface Machine {
  readonly name: string;
  readonly postgres: Endpoint;
  readonly patroni: Endpoint;
  readonly etcd: Endpoint;
  readonly etcdPeer: Endpoint;
  readonly places: MachinePlaces;
}

export interface MachinePlaces {
  /** With `postgres`, `pg_basebackup`, `pg_rewind` and the like. */
  readonly binFolder: string;
  readonly dataFolder: string;
  readonly socketFolder: string;
  /** Patroni keeps the password for replication there. */
  readonly passwordFile: string;
  readonly etcdFolder: string;
}

type Values = Readonly<Record<string, string>>;

const templates = join(projectFolder, 'deploy', 'postgres-ha', 'template');

export function renderPatroni(
  machine: Machine,
  machines: readonly Machine[],
  protocol: EtcdProtocol,
): string {
  return render('patroni.yml', {
    name: machine.name,
    patroniListen: machine.patroni.listen,
    patroniAddress: machine.patroni.address,
    postgresListen: machine.postgres.listen,
    postgresAddress: machine.postgres.address,
    dcsSection: protocol === 'etcd3' ? 'etcd3' : 'etcd',
    etcdAddresses: machines.map(({ etcd }) => etcd.address).join(','),
    binFolder: machine.places.binFolder,
    dataFolder: machine.places.dataFolder,
    socketFolder: machine.places.socketFolder,
    passwordFile: machine.places.passwordFile,
  });
}

/** The environment of etcd, a setting a line. */
export function renderEtcd(
  machine: Machine,
  machines: readonly Machine[],
  protocol: EtcdProtocol,
): string {
  return render('etcd.env', {
    name: machine.name,
    etcdFolder: machine.places.etcdFolder,
    etcdListen: machine.etcd.listen,
    etcdAddress: machine.etcd.address,
    etcdPeerListen: machine.etcdPeer.listen,
    etcdPeerAddress: machine.etcdPeer.address,
    etcdCluster: machines
      .map(({ name, etcdPeer }) => `${name}=http://${etcdPeer.address}`)
      .join(','),
    etcdV2: String(protocol === 'etcd-v2'),
  });
}

export function renderHaproxy(machines: readonly Machine[], listen: string): string {
  const servers = machines.map(({ name, postgres, patroni }) => {
    const port = patroni.address.slice(patroni.address.lastIndexOf(':') + 1);
    return `    server ${name} ${postgres.address} check port ${port}`;
  });
  return render('haproxy.cfg', { haproxyListen: listen, haproxyServers: servers.join('\n') });
}

/** @throws when the template and the values name different things. */
function render(template: string, values: Values): string {
  const unused = new Set(Object.keys(values));
  const text = readFileSync(join(templates, template), 'utf8').replaceAll(
    /\$\{(\w+)\}/g,
    (placeholder, name: string) => {
      unused.delete(name);
      const value = values[name];
      if (value === undefined)
        throw new Error(`${template} has ${placeholder}, which has no value`);
      return value;
    },
  );
  if (unused.size > 0) throw new Error(`${template} doesn't use ${[...unused].join(', ')}`);
  return text;
}
