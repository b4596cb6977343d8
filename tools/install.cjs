'use strict';

/**
 * Keeps node_modules equal to the lockfile. Plain old JavaScript like run.cjs, which uses it before
 * anything is installed.
 */

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { acquireLock } = require('./install-lock.cjs');
const { createRegistryWatch } = require('./registry-watch.cjs');

const root = path.resolve(__dirname, '..');
const isWindows = process.platform === 'win32';
const pinnedName = 'node-' + (isWindows ? 'win' : process.platform) + '-' + process.arch;
const pinnedFolder = path.join(root, 'node_modules', pinnedName, 'bin');
const pinnedNode = path.join(pinnedFolder, isWindows ? 'node.exe' : 'node');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// Development and optional packages are needed, whatever NODE_ENV or the user's npm settings say.
// The retries are enough for a connection that breaks off; npm's own mean a minute of silence.
const NPM_OPTIONS =
  'ci --include=dev --include=optional --loglevel=http --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000 --no-audit --no-fund';

const say = (line) => process.stderr.write(line + '\n');

function fail(line) {
  say(line);
  process.exit(1);
}

function packagesIn(...names) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, ...names), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * npm writes node_modules/.package-lock.json last, so it says what is really there whoever
 * installed it. Optional packages of other platforms are rightly missing; the pinned Node must not
 * be.
 */
function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules', '.package-lock.json');
  if (!wanted)
    fail('package-lock.json is missing or broken: restore it with git checkout package-lock.json');
  if (!present) return false;
  if (wanted['node_modules/' + pinnedName] && !fs.existsSync(pinnedNode)) return false;
  return Object.keys(wanted).every((key) => {
    if (!key.startsWith('node_modules/')) return true;
    const { version, integrity, optional } = wanted[key];
    const have = present[key];
    return have ? have.version === version && have.integrity === integrity : Boolean(optional);
  });
}

/** npm's chatter is kept back: it is printed only when the installation fails. */
function spawnNpm() {
  const npmCli = process.env.npm_execpath;
  const isCli = npmCli && path.basename(npmCli) === 'npm-cli.js';
  // npm was started by a Node that may be another one than ours, which is about to be replaced.
  const command = isCli ? process.env.npm_node_execpath || process.execPath : 'npm';
  const args = (isCli ? [npmCli] : []).concat(NPM_OPTIONS.split(' '));
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: root, shell: isWindows && !isCli, stdio });
  const watch = createRegistryWatch(say);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      watch.read(chunk);
      output = (output + chunk).slice(-100000);
    });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(command + ': ' + error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? null : output.replace(/^npm http .*\n?/gm, '')),
    );
  }).finally(watch.stop);
  return { child, ended, unreachable: watch.failure };
}

async function runNpm(lock) {
  const { child, ended, unreachable } = spawnNpm();
  // npm goes on writing when this process is killed.
  if (child.pid) lock.alsoHeldBy(child.pid);
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const slow = setInterval(() => say('Still installing…'), 30000);
  const complaint = await ended;
  clearInterval(slow);
  for (const signal of SIGNALS) process.removeListener(signal, stop);
  if (stoppedBy) process.exitCode = 128 + os.constants.signals[stoppedBy];
  else if (complaint !== null) {
    const why = unreachable()
      ? "the package registry can't be reached (" +
        unreachable() +
        '). Connect to a network and try again.'
      : 'npm says why above.';
    say(complaint.trim() + '\nInstalling the dependencies failed: ' + why);
    process.exitCode = 1;
  }
}

/**
 * Installs what the lockfile names, unless another process did so in the meantime. Sets
 * process.exitCode when that failed or was stopped by a signal.
 */
async function install() {
  const lock = await acquireLock(path.join(root, '.installing'), say).catch((error) =>
    fail('Cannot install the dependencies: ' + error.message),
  );
  try {
    if (isInstalled()) return;
    say('Installing dependencies…');
    await runNpm(lock);
  } finally {
    lock.release();
  }
}

module.exports = { fail, install, isInstalled, pinnedNode };
