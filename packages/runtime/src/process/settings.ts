import { resolve } from 'node:path';
import { readSecretFile } from './secret-file.ts';

/** Every wrong setting of a process at once. The message has one line for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** More replicas of a service than one database serves. */
const MOST_URLS = 32;

export type Environment = Readonly<Record<string, string | undefined>>;

interface TextOptions {
  default?: string;
  /** What a right value looks like; completes the sentence "NAME must be …". */
  hint: string;
}

interface RangeOptions {
  default: number;
  min: number;
  max: number;
}

export interface SettingsReader {
  /** A text; required when it has no default. */
  text(name: string, options: TextOptions): string;
  /** A text that may be left out. */
  optional(name: string): string | undefined;
  /** A whole number from `min` to `max`, both included. */
  integer(name: string, options: RangeOptions): number;
  /** A number from `min` to `max`, both included; decimals allowed. */
  number(name: string, options: RangeOptions): number;
  /** Words separated by commas or white space. */
  list(
    name: string,
    options: { default: readonly string[]; pattern?: RegExp; hint?: string },
  ): string[];
  /** Words out of `values`, separated by commas or white space, without repeats. */
  listOf<Value extends string>(
    name: string,
    values: readonly Value[],
    options: { default: readonly Value[] },
  ): Value[];
  oneOf<Value extends string>(
    name: string,
    values: readonly Value[],
    options: { default: Value },
  ): Value;
  /**
   * Required, without white space; from the setting, or from the file that `NAME_FILE` names. Its
   * value never appears in a problem.
   */
  secret(name: string, options: { hint: string }): string;
  /** The same of a text that may be left out, such as an address with a password in it. */
  optionalSecret(name: string): string | undefined;
  /**
   * An absolute http(s) URL without credentials, query or fragment; a trailing slash is dropped.
   */
  url(name: string, options: { default: string }): string;
  /** One or more such URLs, separated by commas or white space, none twice. */
  urls(name: string, options: { default: string }): readonly [string, ...string[]];
  /** What is wrong so far; a caller with a check of its own adds its line here. */
  readonly problems: string[];
  /**
   * What works so far and makes it easy for strangers, a line each for the log. A caller
   * with a check of its own adds its line here too.
   */
  readonly warnings: string[];
  /** @throws SettingsError when there was any problem. Call it before a value is used. */
  finish(): void;
}

/**
 * Reads settings from an environment and collects what is wrong instead of stopping at the first.
 * An empty value counts as not set, as Compose and `.env` files write it. After a problem a reader
 * function returns a placeholder: nothing may be used before `finish()` returned.
 * @param folder where the relative paths of secret files start
 */
export function settingsReader(env: Environment, folder = '.'): SettingsReader {
  const source = settingsSource(env);
  const { read, problems, warnings } = source;
  return {
    problems,
    warnings,
    optional: read,
    ...numberReaders(source),
    ...listReaders(source),
    ...urlReaders(source),
    ...secretReaders(source, folder),
    text(name, options) {
      const value = read(name) ?? options.default;
      if (value === undefined) source.addProblem(name, options.hint, undefined);
      return value ?? '';
    },
    oneOf(name, values, options) {
      const value = read(name);
      if (value === undefined) return options.default;
      const match = values.find((candidate) => candidate === value);
      if (match === undefined) source.addProblem(name, `one of ${values.join(', ')}`, value);
      return match ?? options.default;
    },
    finish() {
      if (problems.length > 0) throw new SettingsError(problems);
    },
  };
}

interface SettingsSource {
  readonly problems: string[];
  readonly warnings: string[];
  read(name: string): string | undefined;
  addProblem(name: string, expectation: string, value: string | undefined): void;
}

function settingsSource(env: Environment): SettingsSource {
  const problems: string[] = [];
  return {
    problems,
    warnings: [],
    read: (name) => env[name] || undefined,
    addProblem(name, expectation, value) {
      problems.push(
        `${name} must be ${expectation}${value === undefined ? ', but it is not set' : `, not ${quote(value)}`}.`,
      );
    },
  };
}

function numberReaders({
  read,
  addProblem,
}: SettingsSource): Pick<SettingsReader, 'integer' | 'number'> {
  function numeric(name: string, options: RangeOptions, pattern: RegExp, kind: string): number {
    const value = read(name);
    if (value === undefined) return options.default;
    const parsed = pattern.test(value) ? Number(value) : Number.NaN;
    if (parsed >= options.min && parsed <= options.max) return parsed;
    addProblem(name, `${kind} from ${options.min} to ${options.max}`, value);
    return options.default;
  }
  return {
    integer: (name, options) => numeric(name, options, /^-?\d{1,16}$/, 'a whole number'),
    number: (name, options) => numeric(name, options, /^-?\d{1,16}(\.\d{1,16})?$/, 'a number'),
  };
}

function listReaders({
  read,
  addProblem,
}: SettingsSource): Pick<SettingsReader, 'list' | 'listOf'> {
  return {
    list(name, options) {
      const value = words(read(name)) ?? [...options.default];
      for (const word of value) {
        if (options.pattern && !options.pattern.test(word))
          addProblem(name, options.hint ?? `a list of words like ${options.pattern}`, word);
      }
      return value;
    },
    listOf(name, values, options) {
      const entries = words(read(name));
      if (entries === undefined) return [...options.default];
      const selection = values.filter((value) => entries.includes(value));
      for (const word of entries) {
        if (!values.some((value) => value === word))
          addProblem(name, `a list out of ${values.join(', ')}`, word);
      }
      return selection;
    },
  };
}

function urlReaders({ read, problems }: SettingsSource): Pick<SettingsReader, 'url' | 'urls'> {
  function readUrl(name: string, text: string): string | undefined {
    const base = baseUrl(text);
    // The value stays out of the message: a refused URL may carry a password.
    if (base === undefined) {
      problems.push(
        `${name} must be an http:// or https:// address such as http://127.0.0.1:8001, without user, password, query or fragment.`,
      );
    }
    return base;
  }
  return {
    url: (name, options) => readUrl(name, read(name) ?? options.default) ?? options.default,
    urls(name, options) {
      const urls = (words(read(name)) ?? [options.default])
        .map((word) => readUrl(name, word))
        .filter((url) => url !== undefined);
      if (new Set(urls).size < urls.length) problems.push(`${name} must name each address once.`);
      if (urls.length > MOST_URLS)
        problems.push(`${name} must name at most ${MOST_URLS} addresses.`);
      const [first = options.default, ...others] = urls;
      return [first, ...others];
    },
  };
}

function words(text: string | undefined): string[] | undefined {
  return text?.split(/[\s,]+/).filter((word) => word !== '');
}

function secretReaders(
  { read, problems, warnings }: SettingsSource,
  folder: string,
): Pick<SettingsReader, 'secret' | 'optionalSecret'> {
  /** Null after a problem. */
  function readSecret(name: string): string | null | undefined {
    const fileSetting = fileSettingOf(name);
    const [value, path] = [read(name), read(fileSetting)];
    if (path === undefined) return value;
    if (value !== undefined) {
      problems.push(`${name} and ${fileSetting} are both set. Set one of them.`);
      return null;
    }
    const file = readSecretFile(resolve(folder, path));
    if ('problem' in file) {
      // Without the path: whoever takes the setting for the other puts the secret into it.
      problems.push(`${fileSetting} ${file.problem}`);
      return null;
    }
    if (file.isOpen) {
      warnings.push(
        `${fileSetting} names a file that every user of the machine may read. Take that right away with: chmod o-r`,
      );
    }
    return file.text;
  }

  return {
    optionalSecret: (name) => readSecret(name) ?? undefined,
    secret(name, options) {
      const value = readSecret(name);
      if (value === undefined) problems.push(`${name} is not set. ${options.hint}`);
      else if (value !== null && !/^[!-~]{1,512}$/.test(value)) {
        problems.push(
          `${name} must be 1 to 512 visible ASCII characters without white space. ${options.hint}`,
        );
      }
      return value ?? '';
    },
  };
}

/** The setting that names a file with what another setting would hold. */
export function fileSettingOf(name: string): string {
  return `${name}_FILE`;
}

/** Whether a secret setting is given, by itself or by its file. */
export function isSecretSet(env: Environment, name: string): boolean {
  return Boolean(env[name]) || Boolean(env[fileSettingOf(name)]);
}

function baseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) return undefined;
  return url.href.replace(/\/+$/, '');
}

function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
