import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// npm run soak [-- --percent 25]: the tests that repeat a fault or a race, as often as a night
// would. Every test file that speaks of the soak takes part, and the tests through the API once
// more on PostgreSQL; vitest.config.ts has both lists. The closing line is the one of npm test.
//
// npm run soak -- --ha: all that can happen to a PostgreSQL of three machines, and to a RabbitMQ of
// three nodes, once each.

const projectFolder = resolve(import.meta.dirname, '..');
const boundMinutes = 30;
const graceMs = 10_000;

const { values } = parseArgs({
  options: { percent: { type: 'string', default: '100' }, ha: { type: 'boolean', default: false } },
});
const percent = Number(values.percent);
if (!(percent > 0 && percent <= 100)) {
  console.error('--percent says how much of the full counts to do: a number above 0, up to 100.');
  process.exit(1);
}

const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
const bound = `--testTimeout=${boundMinutes * 60_000}`;
const { args, env } = values.ha
  ? {
      args: ['--project', 'clusters'],
      env: { ANAQUEL_SOAK: '1', ANAQUEL_HA_FAULTS: 'all' },
    }
  : { args: [], env: { ANAQUEL_SOAK: '1', ANAQUEL_SOAK_PERCENT: String(percent) } };
const child = spawn(process.execPath, [vitest, 'run', bound, ...args], {
  cwd: projectFolder,
  stdio: 'inherit',
  env: { ...process.env, ...env },
});

let isLate = false;
const tooLate = setTimeout(() => {
  isLate = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
}, boundMinutes * 60_000);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => child.kill(signal));

child.once('exit', (code) => {
  clearTimeout(tooLate);
  if (isLate)
    console.log(
      `The soak was ended: it took longer than ${boundMinutes} minutes.\n0 passed, 1 failed`,
    );
  process.exitCode = isLate ? 1 : (code ?? 1);
});
