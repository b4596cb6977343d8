import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * npm run test:containers: carries a shop in containers through its life, by the Docker Engine that
 * is here, or else by one that tools/container-engine.sh starts. Where there is neither it says so
 * and ends with 0. With --scale it does the same for compose.scale.yaml.
 */

const proof = process.argv.includes('--scale') ? 'scale-proof.ts' : 'proof.ts';
const command = ['node', `tools/container/${proof}`];
const project = join(import.meta.dirname, '..');

if (succeeds('docker', ['version'])) run(command);
else if (canCarryEngine()) run(['tools/container-engine.sh', ...command]);
else
  console.log(`
SKIPPED: the tests of the containers. They need a Docker Engine, or a Debian machine that may carry
one: root, /dev/net/tun, and the right to make namespaces.
`);

function canCarryEngine(): boolean {
  const isRoot = process.getuid?.() === 0;
  const namespaces = ['--mount', '--pid', '--fork', '--ipc', '--uts', '--net', 'true'];
  return (
    isRoot &&
    existsSync('/dev/net/tun') &&
    succeeds('apt-get', ['--version']) &&
    succeeds('unshare', namespaces)
  );
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function run([program = '', ...args]: readonly string[]): void {
  // The engine gets this Node, which may be another one than the machine's.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const { status } = spawnSync(program, args, {
    cwd: project,
    env: { ...process.env, PATH },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
