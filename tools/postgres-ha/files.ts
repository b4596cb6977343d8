import {
  renderEtcd,
  renderHaproxy,
  renderPatroni,
  type EtcdProtocol,
  type Machine,
  type MachinePlaces,
} from './render.ts';

/** A machine as a user names it. */
export interface MachineAddress {
  readonly name: string;
  /** A name or an IP address, by which the others reach it. */
  readonly host: string;
}

export const exampleMachines: readonly MachineAddress[] = ['db1', 'db2', 'db3'].map((name) => ({
  name,
  host: name,
}));

/** As Debian 12 has them. */
const PLACES: MachinePlaces = {
  binFolder: '/usr/lib/postgresql/15/bin',
  dataFolder: '/var/lib/postgresql/15/anaquel',
  socketFolder: '/var/run/postgresql',
  passwordFile: '/var/lib/postgresql/.pgpass-patroni',
  etcdFolder: '/var/lib/etcd/anaquel',
};

/** Where a service on the same machine as HAProxy connects to. */
const HAPROXY_LISTEN = '127.0.0.1:5000';

/** The text of each file to copy, by its path. */
export function postgresHaFiles(
  addresses: readonly MachineAddress[],
  protocol: EtcdProtocol,
): Map<string, string> {
  const machines = addresses.map(machineAt);
  return new Map([
    ...machines.flatMap((machine) => [
      [`${machine.name}/patroni.yml`, renderPatroni(machine, machines, protocol)] as const,
      [`${machine.name}/etcd.env`, renderEtcd(machine, machines, protocol)] as const,
    ]),
    ['haproxy.cfg', renderHaproxy(machines, HAPROXY_LISTEN)],
  ]);
}

function machineAt({ name, host }: MachineAddress): Machine {
  const at = (port: number) => ({ listen: `0.0.0.0:${port}`, address: `${host}:${port}` });
  return {
    name,
    postgres: at(5_432),
    patroni: at(8_008),
    etcd: at(2_379),
    etcdPeer: at(2_380),
    places: PLACES,
  };
}

/** What Patroni reads from its environment, the same on all machines. */
export function secretsText(makeSecret: () => string): string {
  const names = ['SUPERUSER', 'REPLICATION', 'REWIND', 'RESTAPI'];
  return names.map((name) => `PATRONI_${name}_PASSWORD=${makeSecret()}\n`).join('');
}
