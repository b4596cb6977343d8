import { isObject, type Json } from '../json.ts';

/** Takes down a breach: where it is, and the sentence that it goes against. */
export type Report = (where: string, what: string) => void;

/** An answer as any HTTP client has it. */
export interface CheckedAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The request that it answers. */
export interface CheckedRequest {
  /** GET when left out. */
  readonly method?: string;
  /** With its query; with or without an origin. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** As text, or as the value that was sent as JSON. */
  readonly body?: unknown;
}

export function queryOf({ url }: CheckedRequest): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1).split('#', 1)[0]);
}

/** The value when it is an object; else the breach is reported. */
export function objectAt(value: unknown, where: string, report: Report): Json | undefined {
  if (isObject(value)) return value;
  report(where, 'must be an object');
  return undefined;
}

/** The value's members; none when it is no list, which is reported. */
export function listAt(value: unknown, where: string, report: Report): readonly unknown[] {
  if (Array.isArray(value)) return value;
  report(where, 'must be a list');
  return [];
}

/**
 * No members beyond those of the specification; @-members may stand anywhere.
 * https://jsonapi.org/format/1.1/#document-member-names-at-members
 */
export function checkMembers(
  value: Json,
  allowed: readonly string[],
  where: string,
  report: Report,
): void {
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name) && !name.startsWith('@'))
      report(`${where}/${name}`, 'is no member that the specification knows here');
  }
}

/** https://jsonapi.org/format/1.1/#document-meta */
export function checkMeta(owner: Json, where: string, report: Report): void {
  if ('meta' in owner) objectAt(owner['meta'], `${where}/meta`, report);
}

// The recommended characters only: https://jsonapi.org/format/1.1/#document-member-names
const MEMBER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/;

export function checkName(name: unknown, where: string, report: Report): void {
  if (typeof name !== 'string' || !MEMBER_NAME.test(name)) report(where, 'is no legal member name');
}
