import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const TIMEOUT_MS = 240_000;
/** Three parts: a fenced block's language and text, or an indented block after a blank line. */
const BLOCK =
  /^(?<indent> *)```(?<info>.*)\n(?<fenced>[^]*?)^\k<indent>```$|(?<=\n\n)(?<plain>(?: {4,}.*\n)+)/gm;
/** A line of `.env`. */
const SETTING = /^[A-Z][A-Z0-9_]*=\S*("[^"]*")?$/;

/** A block of a document for a shell. */
export interface ShellBlock {
  readonly text: string;
  readonly firstLine: string;
  /** The statuses that its curls are to get, in order: the words after `sh`. */
  readonly statuses: readonly number[];
  /** It is for `.env`, and has no command. */
  readonly isSettings: boolean;
}

/** All blocks of a document but those that name another language than `sh`. */
export function shellBlocksOf(markdown: string): ShellBlock[] {
  return [...markdown.matchAll(BLOCK)].flatMap(({ groups = {} }) => {
    const [language = '', ...statuses] = (groups['info'] ?? '').split(' ');
    if (language !== '' && language !== 'sh') return [];
    const indented = groups['fenced'] ?? groups['plain'] ?? '';
    const [indent = ''] = /^ */.exec(indented) ?? [];
    const lines = indented.split('\n').map((line) => line.replace(indent, ''));
    if (lines.at(-1) === '') lines.pop();
    return {
      text: lines.join('\n'),
      firstLine: lines[0] ?? '',
      statuses: statuses.map(Number),
      isSettings: lines.every((line) => SETTING.test(line)),
    };
  });
}

/** The lines of a document's blocks and, between backticks, of its sentences: one for a command. */
export function commandLinesOf(markdown: string): string[] {
  const blocks = shellBlocksOf(markdown).map(({ text }) => text.replaceAll(/\\\n/g, ' '));
  const spans = [...markdown.matchAll(/`((?:npm|docker) [^`]*)`/g)].map(([, span = '']) => span);
  return [...blocks.join('\n').split('\n'), ...spans].map((line) => line.replace(/(^|\s)#.*/, ''));
}

interface Place {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands in the place of a part of the text, such as an address. */
  readonly replacements: Readonly<Record<string, string>>;
}

/** Runs blocks as one script, and returns the statuses that its curls got, and its output. */
export async function runBlocks(
  blocks: readonly ShellBlock[],
  { folder, env, replacements }: Place,
): Promise<{ readonly statuses: readonly number[]; readonly output: string }> {
  const programs = await mkdtemp(join(tmpdir(), 'anaquel-commands-'));
  try {
    let script = ['set -euo pipefail', ...blocks.map(({ text }) => text)].join('\n');
    for (const [written, real] of Object.entries(replacements))
      script = script.replaceAll(written, real);
    await writeCurl(programs);
    const path = [programs, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const { stdout } = await execute('bash', ['-c', script], {
      cwd: folder,
      env: {
        HOME: process.env['HOME'],
        ...env,
        PATH: path,
        STATUSES: join(programs, 'statuses'),
      },
      timeout: TIMEOUT_MS,
    });
    const statuses = await readFile(join(programs, 'statuses'), 'utf8');
    return { statuses: (statuses.match(/^\d{3}$/gm) ?? []).map(Number), output: stdout };
  } finally {
    await rm(programs, { recursive: true });
  }
}

/** A curl that notes the status of each answer. */
async function writeCurl(folder: string): Promise<void> {
  const real = (await execute('which', ['curl'])).stdout.trim();
  const file = join(folder, 'curl');
  const format = '%{stderr}%{http_code}\\n';
  await writeFile(join(folder, 'statuses'), '');
  await writeFile(file, `#!/bin/sh\nexec ${real} -w '${format}' "$@" 2>>"$STATUSES"\n`);
  await chmod(file, 0o755);
}
