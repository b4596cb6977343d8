import { execFile, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const { createRegistryWatch } = createRequire(import.meta.url)('../registry-watch.cjs');

let folder: string;
let npmCli: string;

const script = `
  console.log('argv', JSON.stringify(process.argv.slice(2)), process.channel ? 'child' : 'here');
  if (process.argv[2] === 'wait') {
    const timer = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => { console.log('asked to end', process.pid); clearInterval(timer); process.exitCode = 7; });
    console.log('pid', process.pid);
  } else process.exitCode = 3;
`;

/** Stands in for npm: notes that it ran and, like npm, writes what is installed last of all. */
const fakeNpm = `
  const fs = require('node:fs');
  fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
  console.log('npm warn EBADENGINE Unsupported engine');
  if (fs.existsSync('no-network')) {
    for (const attempt of [1, 2, 3])
      console.error('npm http fetch GET https://packages.example/thing attempt ' + attempt + ' failed with ENOTFOUND');
    console.error('npm error code ENOTFOUND');
    process.exit(1);
  }
  if (fs.existsSync('npm-fails')) { console.error('npm error 404 no such package'); process.exit(1); }
  fs.rmSync('node_modules', { recursive: true, force: true });
  setTimeout(() => {
    const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    for (const key of Object.keys(lock.packages)) if (lock.packages[key].cpu) delete lock.packages[key];
    fs.mkdirSync('node_modules');
    const pinned = 'node_modules/node-' + process.platform + '-' + process.arch + '/bin';
    fs.mkdirSync(pinned, { recursive: true });
    fs.symlinkSync(process.execPath, pinned + '/node');
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify(lock));
  }, 300);
`;

function writeLock(version: string): void {
  const packages = {
    '': { name: 'sample' },
    [`node_modules/node-${process.platform}-${process.arch}`]: {
      version: '24.0.0',
      optional: true,
    },
    'node_modules/node-other-platform': { version: '24.0.0', optional: true, cpu: ['other'] },
    'node_modules/thing': { version },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  npmCli = join(folder, 'npm-cli.js');
  mkdirSync(join(folder, 'tools'));
  for (const file of [
    'run.cjs',
    'install.cjs',
    'install-lock.cjs',
    'npm-ci.cjs',
    'registry-watch.cjs',
  ]) {
    copyFileSync(join(import.meta.dirname, '..', file), join(folder, 'tools', file));
  }
  writeFileSync(join(folder, 'script.cjs'), script);
  writeFileSync(npmCli, fakeNpm);
  writeLock('1.0.0');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function environment() {
  return { PATH: process.env['PATH'] ?? '', npm_execpath: npmCli };
}

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['tools/run.cjs', ...args],
      { cwd: folder, env: environment() },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

function installations(): number {
  const log = join(folder, 'npm.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0;
}

describe('installing', () => {
  test('happens once, says so in one line, and again when the lockfile changes', async () => {
    const first = await run('script.cjs', 'one', 'two words');
    expect(first).toEqual({
      code: 3,
      stdout: 'argv ["one","two words"] child\n',
      stderr: 'Installing dependencies…\n',
    });
    expect(readFileSync(join(folder, 'npm.log'), 'utf8')).toContain(
      'ci --include=dev --include=optional',
    );
    expect(await run('script.cjs')).toEqual({ code: 3, stdout: 'argv [] here\n', stderr: '' });
    expect(installations()).toBe(1);
    writeLock('1.0.1');
    expect((await run('script.cjs')).stderr).toBe('Installing dependencies…\n');
    expect(installations()).toBe(2);
  });

  test('is done again when it was interrupted, or when the pinned Node is gone', async () => {
    await run('script.cjs');
    rmSync(join(folder, 'node_modules', '.package-lock.json'));
    await run('script.cjs');
    expect(installations()).toBe(2);
    rmSync(join(folder, 'node_modules', `node-${process.platform}-${process.arch}`), {
      recursive: true,
    });
    await run('script.cjs');
    expect(installations()).toBe(3);
  });

  test('is done by one of two that start at once', async () => {
    const both = await Promise.all([run('script.cjs'), run('script.cjs')]);
    expect(both.map(({ code }) => code)).toEqual([3, 3]);
    expect(installations()).toBe(1);
    expect(existsSync(join(folder, '.installing'))).toBe(false);
  });

  test('goes past the lock of a process that died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    mkdirSync(join(folder, '.installing'));
    const owner = { token: 'x', pids: [dead.pid], host: (await import('node:os')).hostname() };
    writeFileSync(join(folder, '.installing', 'owner.json'), JSON.stringify(owner));
    expect((await run('script.cjs')).code).toBe(3);
  });

  test('shows what npm said when it fails, and leaves no lock', async () => {
    writeFileSync(join(folder, 'npm-fails'), '');
    const { code, stdout, stderr } = await run('script.cjs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('npm error 404 no such package');
    expect(existsSync(join(folder, '.installing'))).toBe(false);
  });
});

describe('without a network', () => {
  test('the installation ends with what to do, and without what npm tried', async () => {
    writeFileSync(join(folder, 'no-network'), '');
    const { code, stderr } = await run('script.cjs');
    expect({ code, lines: stderr.trim().split('\n') }).toEqual({
      code: 1,
      lines: [
        'Installing dependencies…',
        'npm warn EBADENGINE Unsupported engine',
        'npm error code ENOTFOUND',
        "Installing the dependencies failed: the package registry can't be reached (ENOTFOUND). Connect to a network and try again.",
      ],
    });
  });

  const question = (why: string) =>
    `The package registry has not answered for 10 s${why}: is there a network? npm goes on trying; Ctrl-C ends it.`;

  function watched(): { read(chunk: string): void; stop(): void; lines: string[] } {
    vi.useFakeTimers();
    const lines: string[] = [];
    const watch = createRegistryWatch((line: string) => void lines.push(line));
    return { ...watch, lines };
  }
  afterEach(() => void vi.useRealTimers());

  test.each([
    ['requests that fail at once', ' (EAI_AGAIN)', 'attempt 1 failed with EAI_AGAIN\n'],
    ['requests that nobody answers', '', ''],
  ])('%s are told of after ten seconds, once', (_, why, line) => {
    const { read, stop, lines } = watched();
    if (line) read(`npm http fetch GET https://packages.example/thing ${line}`);
    vi.advanceTimersByTime(9_000);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(lines).toEqual([question(why)]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    stop();
  });

  test('a network that is lost on the way is told of too, and unpacking for long is not', () => {
    const { read, stop, lines } = watched();
    vi.advanceTimersByTime(8_000);
    read('npm http fetch GET 200 https://packages.exam');
    read('ple/thing 812ms (cache miss)\n');
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
    read('npm http fetch GET https://packages.example/other attempt 1 failed with ECONNRESET\n');
    vi.advanceTimersByTime(1_000);
    expect(lines).toEqual([question(' (ECONNRESET)')]);
    stop();
  });
});

describe('running', () => {
  async function waiting() {
    const parent = spawn(process.execPath, ['tools/run.cjs', 'script.cjs', 'wait'], {
      cwd: folder,
      env: environment(),
    });
    let output = '';
    parent.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await vi.waitFor(() => expect(output).toContain('pid '), 30_000);
    const exited = new Promise((resolve) =>
      parent.once('exit', (code, signal) => resolve(code ?? signal)),
    );
    return { parent, exited, pid: Number(/pid (\d+)/.exec(output)?.[1]), output: () => output };
  }

  test.each(['as a child', 'in the same process'])(
    'passes SIGTERM on and the exit code back, %s',
    async (how) => {
      if (how === 'in the same process') await run('script.cjs');
      const { parent, exited, output } = await waiting();
      parent.kill('SIGTERM');
      expect(await exited).toBe(7);
      expect(output()).toContain(how === 'as a child' ? 'child' : 'here');
    },
  );

  test('a killed parent takes its child along', async () => {
    const { parent, pid, output } = await waiting();
    expect(pid).not.toBe(parent.pid);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(output()).toContain(`asked to end ${pid}`), 30_000);
  });

  test('an old Node gets one clear line', async () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '18.19.0' }); require('./tools/run.cjs')`;
    const result = await new Promise((resolve) => {
      execFile(process.execPath, ['-e', pretend], { cwd: folder }, (error, _stdout, stderr) =>
        resolve({ code: error?.code, stderr }),
      );
    });
    expect(result).toEqual({
      code: 1,
      stderr: 'This project needs Node 20.20 or newer to set itself up; this is Node 18.19.0.\n',
    });
  });
});
