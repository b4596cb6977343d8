import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const TIMEOUT_MS = 120_000;

/** The statuses that a document expects, and those that its commands got. */
interface Statuses {
  readonly expected: readonly number[];
  readonly answered: readonly number[];
}

/**
 * Runs the blocks of shell commands of a document, as one script, in a folder that has `.env`.
 * The words after `sh` are the statuses that curl is to get, in order. `addresses` are put in the
 * place of those in the document.
 */
export async function runCommandsOf(
  markdown: string,
  { env, addresses }: { env: Record<string, string>; addresses: Readonly<Record<string, string>> },
): Promise<Statuses & { readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-commands-'));
  try {
    const blocks = [...markdown.matchAll(/^```sh( [\d ]+)?\n([^]*?)^```$/gm)];
    let script = ['set -euo pipefail', ...blocks.map(([, , text = '']) => text)].join('\n');
    for (const [written, real] of Object.entries(addresses))
      script = script.replaceAll(written, real);
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, '.env'), lines.join(''));
    await writeCurl(folder);
    const path = [folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const { stdout } = await execute('bash', ['-c', script], {
      cwd: folder,
      env: { PATH: path, STATUSES: join(folder, 'statuses') },
      timeout: TIMEOUT_MS,
    });
    return {
      expected: blocks.flatMap(([, statuses = '']) => numbersOf(statuses)),
      answered: numbersOf(await readFile(join(folder, 'statuses'), 'utf8')),
      output: stdout,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A curl that notes the status of each answer. */
async function writeCurl(folder: string): Promise<void> {
  const real = (await execute('which', ['curl'])).stdout.trim();
  const file = join(folder, 'curl');
  const format = '%{stderr}%{http_code}\\n';
  await writeFile(file, `#!/bin/sh\nexec ${real} -w '${format}' "$@" 2>>"$STATUSES"\n`);
  await chmod(file, 0o755);
}

function numbersOf(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}
