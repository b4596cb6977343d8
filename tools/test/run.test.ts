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
  if (process.argv[2] === 'ci') fs.rmSync('node_modules', { recursive: true, force: true });
  setTimeout(() => {
    if (fs.existsSync('npm-is-killed')) return;
    const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    const omitsDev = process.argv.includes('--omit=dev');
    for (const key of Object.keys(lock.packages))
      if (lock.packages[key].cpu || (omitsDev && lock.packages[key].dev)) delete lock.packages[key];
    const pinned = 'node_modules/node-' + process.platform + '-' + process.arch + '/bin';
    fs.mkdirSync(pinned, { recursive: true });
    fs.rmSync(pinned + '/node', { force: true });
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
    'node_modules/test-thing': { version, dev: true },
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
    'run-npm.cjs',
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

/** How an old Node runs the script: it has the pinned one do it. */
const ON_NODE_22 = [
  '-e',
  "Object.defineProperty(process.versions, 'node', { value: '22.0.0' }); require('./tools/run.cjs')",
];

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return runOn([], ...args);
}

function runOn(
  node: readonly string[],
  ...args: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...node, 'tools/run.cjs', ...args],
      { cwd: folder, env: environment() },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

function npmCalls(): string[] {
  const log = join(folder, 'npm.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

describe('installing', () => {
  test('happens once, says so in one line, and again when the lockfile changes', async () => {
    const first = await run('script.cjs', 'one', 'two words');
    expect(first).toEqual({
      code: 3,
      stdout: 'argv ["one","two words"] here\n',
      stderr: 'Installing dependencies…\n',
    });
    expect(npmCalls()).toEqual([expect.stringMatching(/^ci --include=optional --omit=dev /)]);
    expect(await run('script.cjs')).toEqual({ code: 3, stdout: 'argv [] here\n', stderr: '' });
    expect(npmCalls()).toHaveLength(1);
    writeLock('1.0.1');
    expect((await run('script.cjs')).stderr).toBe('Installing dependencies…\n');
    expect(npmCalls()).toHaveLength(2);
  });

  test('adds what tests need when a test is run, once, and takes nothing away', async () => {
    await run('script.cjs');
    expect(await run('--development', 'script.cjs')).toEqual({
      code: 3,
      stdout: 'argv [] here\n',
      stderr: 'Installing what tests need besides…\n',
    });
    expect(npmCalls()[1]).toMatch(/^install --no-save --include=optional --include=dev /);
    await run('script.cjs');
    await run('--development', 'script.cjs');
    expect(npmCalls()).toHaveLength(2);
  });

  test('is begun anew when it was interrupted, also while it added', async () => {
    await run('script.cjs');
    rmSync(join(folder, 'node_modules', '.package-lock.json'));
    await run('script.cjs');
    expect(npmCalls()).toHaveLength(2);
    writeFileSync(join(folder, 'npm-is-killed'), '');
    await run('--development', 'script.cjs');
    rmSync(join(folder, 'npm-is-killed'));
    await run('script.cjs');
    expect(npmCalls().map((call) => call.split(' ')[0])).toEqual(['ci', 'ci', 'install', 'ci']);
  });

  test('needs the pinned Node only for a Node that is too old', async () => {
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    delete lock.packages['node_modules/thing'];
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    expect((await run('script.cjs')).stdout).toBe('argv [] here\n');
    expect(npmCalls()).toHaveLength(0);
    for (const _ of [1, 2])
      expect((await runOn(ON_NODE_22, 'script.cjs')).stdout).toBe('argv [] child\n');
    expect(npmCalls()).toHaveLength(1);
  });

  test('is done by one of two that start at once', async () => {
    const both = await Promise.all([run('script.cjs'), run('script.cjs')]);
    expect(both.map(({ code }) => code)).toEqual([3, 3]);
    expect(npmCalls()).toHaveLength(1);
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
    `The package registry can't be reached (${why}): is there a network? npm goes on trying; Ctrl-C ends it.`;

  function watched(): { read(chunk: string): void; stop(): void; lines: string[] } {
    vi.useFakeTimers();
    const lines: string[] = [];
    const watch = createRegistryWatch((line: string) => void lines.push(line));
    return { ...watch, lines };
  }
  afterEach(() => void vi.useRealTimers());

  test.each([
    [
      'requests that fail are told of after 10 s',
      10_000,
      question('EAI_AGAIN'),
      'npm http fetch GET https://packages.example/thing attempt 1 failed with EAI_AGAIN\n',
    ],
    [
      'silence is told of after 30 s, and is no reason to doubt the network',
      30_000,
      'npm has no answer of the package registry yet: the machine is slow, or there is no network. npm goes on trying; Ctrl-C ends it.',
      '',
    ],
  ])('%s, once', (_, afterMs, told, said) => {
    const { read, stop, lines } = watched();
    read(said);
    vi.advanceTimersByTime(afterMs - 1_000);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(lines).toEqual([told]);
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
    expect(lines).toEqual([question('ECONNRESET')]);
    stop();
  });
});

describe('running', () => {
  async function waiting(node: readonly string[]) {
    const parent = spawn(process.execPath, [...node, 'tools/run.cjs', 'script.cjs', 'wait'], {
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

  test.each([
    ['as a child', 'child', ON_NODE_22],
    ['in the same process', 'here', []],
  ])('passes SIGTERM on and the exit code back, %s', async (_, place, node) => {
    const { parent, exited, output } = await waiting(node);
    parent.kill('SIGTERM');
    expect(await exited).toBe(7);
    expect(output()).toContain(place);
  });

  test('a killed parent takes its child along', async () => {
    const { parent, pid, output } = await waiting(ON_NODE_22);
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
