import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import type { EtcdProtocol } from '../../tools/postgres-ha/render.ts';

/** The programs of a PostgreSQL of three machines, as Debian's packages bring them. */
export interface Programs {
  readonly patroni: string;
  readonly etcd: string;
  readonly haproxy: string;
  /** The folder of PostgreSQL's programs; the packages of npm lack most of them. */
  readonly postgres: string;
  /** What this release of Patroni is safe with. */
  readonly protocol: EtcdProtocol;
  /** Such as `Patroni 3.0.2, etcd 3.4.23`. */
  readonly versions: string;
}

const PACKAGES = 'patroni etcd-server haproxy postgresql';

export const programs = findPrograms();
if (programs === null)
  console.warn(
    `Not all of Patroni, etcd, HAProxy and PostgreSQL's server are here, so the tests of failover are SKIPPED. On Debian: apt-get install --no-install-recommends ${PACKAGES}`,
  );

function findPrograms(): Programs | null {
  const patroni = findProgram('patroni');
  const etcd = findProgram('etcd');
  const haproxy = findProgram('haproxy');
  const postgres = globSync('/usr/lib/postgresql/*/bin/postgres').sort().at(-1);
  if (!patroni || !etcd || !haproxy || !postgres) return null;
  const patroniVersion = versionOf(patroni);
  return {
    patroni,
    etcd,
    haproxy,
    postgres: join(postgres, '..'),
    protocol: isSafeWithEtcd3(patroniVersion) ? 'etcd3' : 'etcd-v2',
    versions: `Patroni ${patroniVersion}, etcd ${versionOf(etcd)}, PostgreSQL ${versionOf(postgres)}, HAProxy ${versionOf(haproxy, '-v')}`,
  };
}

/** Servers are not on the PATH of everybody. */
function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function versionOf(program: string, option = '--version'): string {
  const { stdout } = spawnSync(program, [option], { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '?';
}

/** Since 3.0.3: https://github.com/zalando/patroni/pull/2689 */
function isSafeWithEtcd3(version: string): boolean {
  return version.localeCompare('3.0.3', 'en', { numeric: true }) >= 0;
}
