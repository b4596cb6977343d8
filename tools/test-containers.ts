import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * npm run test:containers: carries a shop in containers through its life, by the Docker Engine that
 * is here, or else by one that tools/container-engine.sh starts. Where there is neither it says so
 * and ends with 0.
 */

const proof = [process.execPath, 'tools/container/proof.ts'];
const project = join(import.meta.dirname, '..');

if (succeeds('docker', ['version'])) run(proof);
else if (canCarryEngine()) run(['tools/container-engine.sh', 'node', 'tools/container/proof.ts']);
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
  const { status } = spawnSync(program, args, { cwd: project, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
