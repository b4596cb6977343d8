import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const LSOF_WITHIN_MS = 2_000;
/** In /proc/net/tcp: https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
const LISTENING = '0A';

/** Which process listens on a port, as "node, process 1234"; null where the system doesn't tell. */
export function portOwner(port: number): string | null {
  return orElse(null, () => (existsSync('/proc/net/tcp') ? ownerByProc(port) : ownerByLsof(port)));
}

function ownerByProc(port: number): string | null {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((name) => listeningInodes(name, port)));
  if (inodes.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (!socketsOf(pid).some((inode) => inodes.has(inode))) continue;
    const [command = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return `${basename(command)}, process ${pid}`;
  }
  return null;
}

function listeningInodes(name: string, port: number): string[] {
  const file = `/proc/net/${name}`;
  if (!existsSync(file)) return [];
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync(file, 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(suffix) && state === LISTENING)
    .map((columns) => columns[9] ?? '');
}

/** None of a process that is another user's, or that has ended. */
function socketsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  const fds = orElse<string[]>([], () => readdirSync(folder));
  return fds.flatMap((fd) => {
    // Files are closed while one looks.
    const target = orElse('', () => readlinkSync(`${folder}/${fd}`));
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

function orElse<Value>(fallback: Value, work: () => Value): Value {
  try {
    return work();
  } catch {
    return fallback;
  }
}

function ownerByLsof(port: number): string | null {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const { stdout } = spawnSync('lsof', args, { encoding: 'utf8', timeout: LSOF_WITHIN_MS });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const command = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined || command === undefined ? null : `${command}, process ${pid}`;
}
