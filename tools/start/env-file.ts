import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileSettingOf, isSecretSet, SettingsError, StartupError, tighten } from '@anaquel/runtime';
import type { Environment } from '@anaquel/runtime';
import { errorCode } from '../error-code.ts';

const OWNER_ONLY = 0o600;
/** 32 of them, so that each byte is as likely to give any. */
const PASSWORD_CHARACTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/**
 * The variables in `file` under those of `environment`, which win. An empty one counts as not set,
 * and a missing file as an empty one. Throws a StartupError when the file can't be read, and a
 * SettingsError with each of its wrong lines.
 */
export function readEnvironment(file: string, environment: Environment): Environment {
  const set = Object.entries(environment).filter(([, value]) => value !== '');
  return { ...parseEnvFile(readIfPresent(file) ?? '', basename(file)), ...Object.fromEntries(set) };
}

/**
 * Makes a secret under each name of `makers` that neither the file nor the environment gives, and
 * keeps it in `file`, which from then on only its owner may read. Returns the names of those it
 * made.
 */
export function makeMissingSecrets(
  file: string,
  makers: Readonly<Record<string, () => string>>,
  environment: Environment,
): string[] {
  const present = readEnvironment(file, environment);
  const missing = Object.entries(makers).filter(([name]) => !isSecretSet(present, name));
  if (missing.length === 0) return [];
  const lines = missing.map(([name, make]) => `${name}=${make()}\n`).join('');
  try {
    const text = readIfPresent(file);
    if (text === null)
      createWhole(file, `# Made by the first npm start. Keep it to yourself.\n${lines}`);
    else {
      tighten(file);
      appendWhole(file, text === '' || text.endsWith('\n') ? lines : `\n${lines}`);
    }
  } catch (error) {
    // Another first start was quicker: its keys hold for this one too.
    if (errorCode(error) === 'EEXIST') return makeMissingSecrets(file, makers, environment);
    throw cannot('write', file, error);
  }
  return missing.map(([name]) => name);
}

/** 32 random bytes. */
export function randomKey(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 random bytes in the form of WEBHOOKS_SECRET_KEY. */
export function randomSealingKey(): string {
  return randomBytes(32).toString('base64');
}

/**
 * 100 random bits that can be read aloud and typed: four groups of five letters and digits, none of
 * which looks like another.
 */
export function randomPassword(): string {
  const group = (): string =>
    Array.from(randomBytes(5), (byte) => PASSWORD_CHARACTERS[byte % 32]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

/**
 * A shell expression that prints a key, for commands that people copy: keys themselves are shown
 * nowhere. `environment` is the one that the key was looked up in first.
 */
export function shellExpressionForKey(
  file: string,
  name: string,
  environment: Environment,
): string {
  if (environment[name]) return `$${name}`;
  const secretFile = readEnvironment(file, environment)[fileSettingOf(name)];
  if (secretFile) return `$(cat ${shellWord(resolve(dirname(file), secretFile))})`;
  const path = shellWord(file);
  const lines = (readIfPresent(file) ?? '')
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`));
  const isPlain = lines.length === 1 && new RegExp(`^${name}=[\\w-]+$`).test(lines[0] ?? '');
  return isPlain
    ? `$(grep ^${name}= ${path} | cut -d= -f2)`
    : `$(node --env-file=${path} -p process.env.${name})`;
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** NAME=value lines, blank lines and # comments; values may be quoted and stay on their line. */
function parseEnvFile(text: string, name: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    const value = match?.[2] === undefined ? undefined : unquote(match[2]);
    // Not the line itself, which may hold a password.
    if (match?.[1] === undefined) problems.push(`${name}, line ${index + 1}: expected NAME=value`);
    else if (value === undefined)
      problems.push(`${name}, line ${index + 1}: expected NAME=value, with closed quotes`);
    else variables[match[1]] = value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return variables;
}

function unquote(value: string): string | undefined {
  const quote = /^["'`]/.exec(value)?.[0];
  if (quote === undefined) return value.replace(/\s+#.*$/, '');
  const end = value.indexOf(quote, 1);
  return end > 0 && /^\s*(#|$)/.test(value.slice(end + 1)) ? value.slice(1, end) : undefined;
}

/** Never half a file: it appears under its name when it is complete, and only if there is none. */
function createWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text, { mode: OWNER_ONLY });
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Never half a key, which the next start would take for a whole one. */
function appendWhole(file: string, text: string): void {
  const { size } = statSync(file);
  try {
    appendFileSync(file, text);
  } catch (error) {
    truncateSync(file, size);
    throw error;
  }
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw cannot('read', file, error);
  }
}

function cannot(verb: 'read' | 'write', file: string, error: unknown): StartupError {
  return new StartupError(`Cannot ${verb} ${file} (${errorCode(error)}).`);
}
