'use strict';

/**
 * Keeps node_modules equal to the lockfile. Plain old JavaScript like run.cjs, which uses it before
 * anything is installed.
 */

const { spawn } = require('child_process');
const { randomBytes } = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { createRegistryWatch } = require('./registry-watch.cjs');

const root = path.resolve(__dirname, '..');
const lockFolder = path.join(root, '.installing');
const HEARTBEAT_MS = 2000;
const STALE_AFTER_MS = 20000;
const LONGEST_WAIT_MS = 15 * 60 * 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function fail(line) {
  process.stderr.write(line + '\n');
  process.exit(1);
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------- what is installed

function pinnedName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return 'node-' + platform + '-' + process.arch;
}

function pinnedNode() {
  const folder = path.join(root, 'node_modules', pinnedName(), 'bin');
  return path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
}

/**
 * npm writes node_modules/.package-lock.json last, so it says what is really there whoever
 * installed it. Optional packages of other platforms are rightly missing; the pinned Node must not
 * be.
 */
function isInstalled() {
  const wanted = readJson(path.join(root, 'package-lock.json'));
  const present = readJson(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted)
    fail('package-lock.json is missing or broken: restore it with git checkout package-lock.json');
  if (!present || !present.packages) return false;
  if (wanted.packages['node_modules/' + pinnedName()] && !fs.existsSync(pinnedNode())) return false;
  for (const key of Object.keys(wanted.packages)) {
    if (!key.startsWith('node_modules/')) continue;
    const want = wanted.packages[key];
    const have = present.packages[key];
    if (!have && !want.optional) return false;
    if (have && (have.version !== want.version || have.integrity !== want.integrity)) return false;
  }
  return true;
}

// ---------------------------------------------------------------- one installation at a time

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readOwner(folder) {
  return readJson(path.join(folder, 'owner.json'));
}

/**
 * Stale: its owner is gone, and nobody has touched it for a while (the owner may live in a
 * container).
 */
function staleOwner() {
  let touched;
  try {
    touched = fs.statSync(lockFolder).mtimeMs;
  } catch {
    return undefined;
  }
  const owner = readOwner(lockFolder) || { token: null, pids: [], host: '' };
  const here = owner.host === os.hostname() && owner.pids.length > 0;
  if (here && owner.pids.some(isAlive)) return undefined;
  return here || Date.now() - touched > STALE_AFTER_MS ? owner : undefined;
}

function removeStaleLock(owner) {
  const aside = lockFolder + '-' + randomBytes(6).toString('hex');
  try {
    fs.renameSync(lockFolder, aside);
    const moved = readOwner(aside) || { token: null };
    // Between the look and the move another process may have made its own lock: give that one back.
    if (moved.token !== owner.token) fs.renameSync(aside, lockFolder);
    else fs.rmSync(aside, { recursive: true, force: true });
  } catch {
    // Another process was faster; the next round sees what it did.
  }
}

function tryLock() {
  const token = randomBytes(12).toString('hex');
  try {
    fs.mkdirSync(lockFolder);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    fail('Cannot install the dependencies: ' + root + ' is not writable (' + error.code + ').');
  }
  // npm is an owner too: it goes on writing when this process is killed.
  const writeOwner = (pids) => {
    const owner = { token, pids, host: os.hostname() };
    fs.writeFileSync(path.join(lockFolder, 'owner.json'), JSON.stringify(owner));
  };
  writeOwner([process.pid]);
  const heartbeat = setInterval(() => {
    const now = new Date();
    fs.utimes(lockFolder, now, now, () => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    alsoHeldBy: (pid) => writeOwner([process.pid, pid]),
    release: () => {
      clearInterval(heartbeat);
      const owner = readOwner(lockFolder);
      if (owner && owner.token === token) fs.rmSync(lockFolder, { recursive: true, force: true });
    },
  };
}

async function acquireLock() {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  let told = false;
  while (Date.now() < deadline) {
    const lock = tryLock();
    if (lock) return lock;
    const owner = staleOwner();
    if (owner) {
      removeStaleLock(owner);
      continue;
    }
    if (!told) process.stderr.write('Waiting for another installation to end…\n');
    told = true;
    await pause(200);
  }
  return fail(
    'Another installation seems to hang. End it, delete ' + lockFolder + ' and try again.',
  );
}

// ---------------------------------------------------------------- installing

function npmCommand() {
  const npmCli = process.env.npm_execpath;
  // npm was started by a Node that may be another one than ours, which is about to be replaced.
  const npmNode = process.env.npm_node_execpath || process.execPath;
  if (npmCli && path.basename(npmCli) === 'npm-cli.js')
    return { command: npmNode, first: [npmCli], shell: false };
  return { command: 'npm', first: [], shell: process.platform === 'win32' };
}

/** npm's chatter is kept back: it is printed only when the installation fails. */
function npmInstall(onChild) {
  const { command, first, shell } = npmCommand();
  // Development and optional packages are needed, whatever NODE_ENV or the user's npm settings say.
  const options = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--loglevel=http',
    // Enough for a connection that breaks off; without any network it would be a minute of silence.
    '--fetch-retry-mintimeout=2000',
    '--fetch-retry-maxtimeout=10000',
    '--no-audit',
    '--no-fund',
  ];
  return new Promise((resolve) => {
    const child = spawn(command, first.concat(options), {
      cwd: root,
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onChild(child);
    let output = '';
    const watch = createRegistryWatch((line) => process.stderr.write(line + '\n'));
    const keep = (chunk) => {
      watch.read(chunk);
      output = (output + chunk).slice(-100000);
    };
    const end = (result) => {
      watch.stop();
      resolve(Object.assign(result, { failure: watch.failure() }));
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => end({ ok: false, output: command + ': ' + error.message }));
    child.once('close', (code) =>
      end({ ok: code === 0, output: output.replace(/^npm http .*\n?/gm, '') }),
    );
  });
}

/**
 * Installs what the lockfile names, unless another process did so in the meantime. Sets
 * process.exitCode when that failed or was stopped by a signal.
 */
async function install() {
  const lock = await acquireLock();
  let stoppedBy;
  let child;
  const stop = (signal) => {
    stoppedBy = signal;
    if (child) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    if (isInstalled()) return;
    process.stderr.write('Installing dependencies…\n');
    const slow = setInterval(() => process.stderr.write('Still installing…\n'), 30000);
    const result = await npmInstall((started) => {
      child = started;
      if (started.pid) lock.alsoHeldBy(started.pid);
    });
    clearInterval(slow);
    if (stoppedBy) process.exitCode = 128 + os.constants.signals[stoppedBy];
    else if (!result.ok) {
      process.stderr.write(result.output.trim() + '\n');
      process.stderr.write(
        result.failure
          ? "Installing the dependencies failed: the package registry can't be reached (" +
              result.failure +
              '). Connect to a network and try again.\n'
          : 'Installing the dependencies failed: npm says why above.\n',
      );
      process.exitCode = 1;
    }
  } finally {
    lock.release();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

module.exports = { fail, install, isInstalled, pinnedNode };
