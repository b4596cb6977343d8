import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const projectFolder = resolve(import.meta.dirname, '..');

interface Check {
  name: string;
  /** A package of node_modules and the command it brings. */
  bin: readonly [package_: string, command: string];
  args: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'types', bin: ['@typescript/native', 'tsc'], args: ['--noEmit'] },
  { name: 'templates', bin: ['vue-tsc', 'vue-tsc'], args: ['--noEmit', '--project', 'web'] },
  {
    name: 'lint',
    bin: ['oxlint', 'oxlint'],
    args: ['--deny-warnings', '--report-unused-disable-directives'],
  },
  { name: 'format', bin: ['oxfmt', 'oxfmt'], args: ['--check', '.'] },
  { name: 'dead code', bin: ['knip', 'knip'], args: ['--no-progress'] },
  {
    name: 'rules',
    bin: ['vitest', 'vitest'],
    args: [
      'run',
      'tools/test/import-rule.test.ts',
      'tools/test/comment-rule.test.ts',
      'tools/test/cast-rule.test.ts',
      'tools/test/number-rule.test.ts',
    ],
  },
];

const HINTS: Record<string, string> = { format: 'npm run format mends this.' };

interface Outcome {
  ok: boolean;
  seconds: string;
  output: string;
}

function run({ bin, args }: Check): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve_) => {
    const child = spawn(process.execPath, [findCommand(...bin), ...args], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      resolve_({ ok: code === 0, seconds, output });
    });
  });
}

/** The script of a package's command, so that it runs on this Node and on every platform. */
function findCommand(package_: string, command: string): string {
  const manifest = join(projectFolder, 'node_modules', package_, 'package.json');
  const { bin }: { bin: string | Record<string, string> } = JSON.parse(
    readFileSync(manifest, 'utf8'),
  );
  const script = typeof bin === 'string' ? bin : bin[command];
  if (script === undefined) throw new Error(`${package_} has no command ${command}`);
  return join(dirname(manifest), script);
}

const failures = await Promise.all(
  CHECKS.map(async (check) => {
    const { ok, seconds, output } = await run(check);
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(12)} ${seconds.padStart(5)} s`);
    return ok
      ? null
      : `\n—— ${check.name} ——\n${output.trim()}\n${HINTS[check.name] ?? ''}`.trimEnd();
  }),
);
for (const failure of failures) if (failure !== null) console.log(failure);
if (failures.some((failure) => failure !== null)) process.exitCode = 1;
