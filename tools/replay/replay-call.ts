import { parseArgs } from 'node:util';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';

/** Where a replay begins: after a position of a log, or with what happened since a time. */
export type ReplayStart = { readonly position: number } | { readonly since: Date };

/** What `npm run events` is to do. */
export interface ReplayCall {
  readonly services: readonly ServiceName[];
  readonly from: ReplayStart;
  /** The one queue that gets the events; null for all that want them. */
  readonly queue: string | null;
}

/** RFC 3339, and a date alone. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Reads the arguments of `npm run events`; null when they make no sense. */
export function readReplayCall(args: readonly string[]): ReplayCall | null {
  const parsed = parse(args);
  if (parsed === null) return null;
  const [command, name, ...rest] = parsed.words;
  const service = serviceNames.find((candidate) => candidate === name);
  const from = readStart(parsed.from);
  if (command !== 'replay' || rest.length > 0 || from === null || parsed.to === '') return null;
  if (name !== undefined && service === undefined) return null;
  const services = service === undefined ? serviceNames : [service];
  return { services, from, queue: parsed.to ?? null };
}

function parse(args: readonly string[]) {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { words: positionals, from: values.from ?? '', to: values.to };
  } catch {
    return null;
  }
}

function readStart(text: string): ReplayStart | null {
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  const since = new Date(text);
  return TIME.test(text) && !Number.isNaN(since.getTime()) ? { since } : null;
}
