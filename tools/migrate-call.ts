import { serviceNames, type ServiceName } from '../services/manifest.ts';

type Command = 'status' | 'up' | 'down' | 'new';

/** What `npm run migrate` is to do, to the databases of which services. */
export interface MigrateCall {
  command: Command;
  services: readonly ServiceName[];
  /** Of the new migration; empty for the other commands. */
  name: string;
}

/** Reads the arguments of `npm run migrate`; null when they make no sense. */
export function readMigrateCall(args: readonly string[]): MigrateCall | null {
  const [first, service, name, ...rest] = args;
  const command = (['status', 'up', 'down', 'new'] as const).find((one) => one === first);
  const one = serviceNames.find((candidate) => candidate === service);
  if (command === undefined || rest.length > 0) return null;
  if (service !== undefined && one === undefined) return null;
  if (one === undefined && (command === 'down' || command === 'new')) return null;
  if ((command === 'new') !== (name !== undefined)) return null;
  return { command, services: one === undefined ? serviceNames : [one], name: name ?? '' };
}
