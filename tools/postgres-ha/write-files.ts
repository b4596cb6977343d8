import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartupError } from '@anaquel/runtime';
import { exampleMachines, postgresHaFiles, secretsText, type MachineAddress } from './files.ts';
import { etcdProtocols, type EtcdProtocol } from './render.ts';

const USAGE =
  'npm run postgres-ha -- --etcd <etcd3 or etcd-v2> --out <folder> [<name>=<address> three times or more]';

/**
 * Writes the files of a PostgreSQL of several machines, and passwords unless there are some.
 * @returns the folder. @throws {StartupError} when the arguments can't be used.
 */
export function writePostgresHa(args: readonly string[], from: string): string {
  const { protocol, out, machines } = readArguments(args);
  const folder = resolve(from, out);
  for (const [path, text] of postgresHaFiles(machines, protocol)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const secrets = join(folder, 'secrets.env');
  // A cluster that exists has those that are there.
  if (!existsSync(secrets))
    writeFileSync(
      secrets,
      secretsText(() => randomBytes(24).toString('hex')),
      { mode: 0o600 },
    );
  return folder;
}

interface Arguments {
  readonly protocol: EtcdProtocol;
  readonly out: string;
  readonly machines: readonly MachineAddress[];
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const protocol = etcdProtocols.find((name) => name === values.etcd);
  if (protocol === undefined || values.out === undefined) throw new StartupError(USAGE);
  const machines = positionals.length > 0 ? positionals.map(readMachine) : exampleMachines;
  const names = new Set(machines.map(({ name }) => name));
  // Of two, the one that is left can't know that it is.
  if (names.size < 3 || names.size < machines.length)
    throw new StartupError(
      `It takes three machines or more, each with a name of its own.\n${USAGE}`,
    );
  return { protocol, out: values.out, machines };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { etcd: { type: 'string' }, out: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function readMachine(text: string): MachineAddress {
  const [, name, host] = /^([a-z0-9-]+)=([\w.-]+)$/.exec(text) ?? [];
  if (name === undefined || host === undefined)
    throw new StartupError(`"${text}" is no machine: write it like db1=10.0.0.1.\n${USAGE}`);
  return { name, host };
}
