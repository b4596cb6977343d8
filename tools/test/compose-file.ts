import { parse } from 'yaml';
import { readProjectFile } from './project-file.ts';

/** A service of a Compose file, with what it merges. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly target?: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { readonly source: string })[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly unknown[];
  /** Names, or names with what is waited for. */
  readonly depends_on?:
    | readonly string[]
    | Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export function readComposeFile(name: string): ComposeFile {
  return parse(readProjectFile(name), {
    merge: true,
    // Of the tags !reset and !override, which say how files of Compose are put together.
    logLevel: 'silent',
  });
}
