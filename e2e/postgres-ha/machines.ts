import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, openSync, closeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemUser } from '@anaquel/runtime/postgres-server';
import {
  renderEtcd,
  renderHaproxy,
  renderPatroni,
  type Machine,
} from '../../tools/postgres-ha/render.ts';
import { freePort } from '../../tools/test/free-port.ts';
import { startNetwork } from './network-thread.ts';
import type { Network, Speaker } from './network.ts';
import type { Programs } from './programs.ts';

/**
 * Three machines, by the templates of deploy/postgres-ha. Each is a folder here, and what runs in
 * it: etcd, and Patroni with a PostgreSQL.
 */
export interface Machines {
  readonly folder: string;
  readonly all: readonly Machine[];
  readonly network: Network;
  readonly haproxyPort: number;
  startEtcd(machine: Machine): void;
  startPatroni(machine: Machine): void;
  startHaproxy(): void;
  /** Ends everything and removes the folder. So does the end of this process, however it ends. */
  remove(): Promise<void>;
}

const NAMES = ['db1', 'db2', 'db3'];

/** `secrets` are what Patroni finds in its environment. */
export async function prepareMachines(
  programs: Programs,
  secrets: Readonly<Record<string, string>>,
): Promise<Machines> {
  const user = systemUser();
  const own = (path: string) => {
    if (user !== null) chownSync(path, user.uid, user.gid);
  };
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-ha-'));
  own(folder);
  const network = startNetwork(folder, NAMES);
  const all = await Promise.all(
    NAMES.map((name) => describeMachine(name, folder, network, programs)),
  );
  const haproxyPort = await freePort();
  const end = removeAtTheEnd(folder);

  for (const path of [
    'haproxy',
    ...NAMES.flatMap((name) => [name, `${name}/etcd`, `${name}/patroni`]),
  ]) {
    mkdirSync(join(folder, path));
    own(join(folder, path));
  }

  function launch(place: string, program: string, args: readonly string[], env: object): void {
    const cwd = join(folder, place);
    const log = openSync(join(cwd, 'log'), 'a');
    const stdio = ['ignore', log, log] as const;
    const base = { PATH: process.env['PATH'], LANG: 'C.UTF-8' };
    spawn(program, args, { ...user, cwd, stdio: [...stdio], env: { ...base, ...env } }).unref();
    closeSync(log);
  }

  return {
    folder,
    all,
    network,
    haproxyPort,
    startEtcd(machine) {
      const lines = renderEtcd(machine, all, programs.protocol).split('\n');
      const settings = lines
        .filter((line) => /^[A-Z]/.test(line))
        .map((line) => line.split(/=(.*)/s));
      launch(join(machine.name, 'etcd'), programs.etcd, [], Object.fromEntries(settings));
    },
    startPatroni(machine) {
      const file = join(folder, machine.name, 'patroni', 'patroni.yml');
      writeFileSync(file, renderPatroni(machine, all, programs.protocol));
      launch(join(machine.name, 'patroni'), programs.patroni, [file], secrets);
    },
    startHaproxy() {
      const file = join(folder, 'haproxy', 'haproxy.cfg');
      writeFileSync(file, renderHaproxy(all.map(seenByClients), `127.0.0.1:${haproxyPort}`));
      launch('haproxy', programs.haproxy, ['-db', '-f', file], {});
    },
    async remove() {
      await network.close();
      await end();
    },
  };
}

async function describeMachine(
  name: string,
  folder: string,
  network: Network,
  programs: Programs,
): Promise<Machine> {
  const endpoint = async (speaker: Speaker) => {
    const port = await freePort();
    const outside = await network.open(name, speaker, port);
    return { listen: `127.0.0.1:${port}`, address: `127.0.0.1:${outside}` };
  };
  const home = join(folder, name);
  return {
    name,
    postgres: await endpoint('postgres'),
    patroni: await endpoint('patroni'),
    etcd: await endpoint('etcd'),
    etcdPeer: await endpoint('etcd'),
    places: {
      binFolder: programs.postgres,
      dataFolder: join(home, 'postgres'),
      socketFolder: join(home, 'patroni'),
      passwordFile: join(home, 'patroni', 'pgpass'),
      etcdFolder: join(home, 'etcd', 'data'),
    },
  };
}

/** Clients reach the machines whatever becomes of the network between these. */
function seenByClients({ postgres, patroni, ...machine }: Machine): Machine {
  const direct = ({ listen }: { listen: string }) => ({ listen, address: listen });
  return { ...machine, postgres: direct(postgres), patroni: direct(patroni) };
}

/** Gives what ends it now. */
function removeAtTheEnd(folder: string): () => Promise<void> {
  const watcher = spawn('/bin/sh', ['-c', WATCH], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  const ended = new Promise<void>((resolve) => watcher.once('exit', () => resolve()));
  return () => {
    watcher.ref();
    watcher.stdin.end();
    return ended;
  };
}

/**
 * Nobody else has the other side of its standard input, so this ends with the test. What is killed
 * may have started something a moment before; so it looks again, until nothing is left.
 */
const WATCH = `
read line
for again in 1 2 3 4 5 6 7 8 9; do
  left=
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd")" in
      "$PWD"/*) left=yes; kill -9 "\${process#/proc/}" ;;
    esac
  done
  [ "$left" ] || break
  sleep 0.1
done
rm -rf "$PWD"
`;
