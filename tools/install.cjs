'use strict';

/**
 * Keeps node_modules equal to the lockfile. Plain old JavaScript like run.cjs, which uses it before
 * anything is installed.
 */

const fs = require('fs');
const path = require('path');
const { acquireLock } = require('./install-lock.cjs');
const { runNpmCi } = require('./npm-ci.cjs');

const root = path.resolve(__dirname, '..');
const isWindows = process.platform === 'win32';
const pinnedName = 'node-' + (isWindows ? 'win' : process.platform) + '-' + process.arch;
const pinnedFolder = path.join(root, 'node_modules', pinnedName, 'bin');
const pinnedNode = path.join(pinnedFolder, isWindows ? 'node.exe' : 'node');
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
    // npm goes on writing when this process is killed.
    process.exitCode = await runNpmCi(root, say, (pid) => lock.alsoHeldBy(pid));
  } finally {
    lock.release();
  }
}

module.exports = { fail, install, isInstalled, pinnedNode };
