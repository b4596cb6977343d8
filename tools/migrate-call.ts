import { parseArgs } from 'node:util';
import { serviceNames, type ServiceName } from '../services/manifest.ts';

/** What `npm run migrate` is to do, to the databases of which services. */
export type MigrateCall =
  | { readonly command: 'status' | 'up'; readonly services: readonly ServiceName[] }
  | { readonly command: 'down'; readonly service: ServiceName }
  | { readonly command: 'new'; readonly service: ServiceName; readonly name: string }
  | { readonly command: 'copy'; readonly service: ServiceName; readonly ends: CopyEnds };

/** The addresses of a copy; the one that is missing is that of the settings. */
export type CopyEnds =
  | { readonly from: string; readonly to?: string | undefined }
  | { readonly from?: string | undefined; readonly to: string };

/** Reads the arguments of `npm run migrate`; null when they make no sense. */
export function readMigrateCall(args: readonly string[]): MigrateCall | null {
  const parsed = parse(args);
  if (parsed === null) return null;
  const [command, serviceArgument, name, ...rest] = parsed.words;
  const ends = endsOf(parsed);
  const service = serviceNames.find((candidate) => candidate === serviceArgument);
  if (rest.length > 0 || (serviceArgument !== undefined && service === undefined)) return null;
  if ((command === 'new') !== (name !== undefined)) return null;
  if ((command === 'copy') !== (ends !== null)) return null;
  if (command === 'status' || command === 'up')
    return { command, services: service === undefined ? serviceNames : [service] };
  if (service === undefined) return null;
  if (command === 'down') return { command, service };
  if (command === 'new' && name !== undefined) return { command, service, name };
  return command === 'copy' && ends !== null ? { command, service, ends } : null;
}

interface Parsed {
  readonly words: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
}

function parse(args: readonly string[]): Parsed | null {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { words: positionals, from: values.from, to: values.to };
  } catch {
    return null;
  }
}

function endsOf({ from, to }: Parsed): CopyEnds | null {
  if (from !== undefined) return { from, to };
  return to === undefined ? null : { to };
}
