'use strict';

/**
 * Keeps node_modules equal to the lockfile. Plain old JavaScript like run.cjs, which uses it before
 * anything is installed.
 */

const fs = require('fs');
const path = require('path');
const { acquireLock } = require('./install-lock.cjs');
const { runNpm } = require('./run-npm.cjs');

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

function versionAtLeast(major, minor) {
  const parts = process.versions.node.split('.').map(Number);
  return parts[0] > major || (parts[0] === major && parts[1] >= minor);
}

function packagesIn(...names) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, ...names), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm's list of what it installed. npm writes it last, so without it nothing can be relied on. */
const listFile = path.join(root, 'node_modules', '.package-lock.json');

/**
 * Whether what the lockfile names is there, whoever installed it. `development`: with what testing
 * and checking need besides. Optional packages of other platforms are rightly missing; the pinned
 * Node must not be where this one is too old to run the project.
 */
function isInstalled(development) {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules', '.package-lock.json') || {};
  if (!wanted)
    fail('package-lock.json is missing or broken: restore it with git checkout package-lock.json');
  return Object.keys(wanted).every((key) => {
    const { version, integrity, optional, dev, link, resolved } = wanted[key];
    // npm says of a folder of the project, and not of the link to it, that development needs it.
    const isForDevelopment = link ? wanted[resolved] && wanted[resolved].dev : dev;
    if (!key.startsWith('node_modules/') || (isForDevelopment && !development)) return true;
    const have = present[key];
    if (have) return have.version === version && have.integrity === integrity;
    return Boolean(optional) && (key !== 'node_modules/' + pinnedName || versionAtLeast(24, 0));
  });
}

/**
 * Installs what the lockfile names, unless another process did so in the meantime. Sets
 * process.exitCode when that failed or was stopped by a signal.
 */
async function install(development) {
  const lock = await acquireLock(path.join(root, '.installing'), say).catch((error) =>
    fail('Cannot install the dependencies: ' + error.message),
  );
  try {
    if (isInstalled(development)) return;
    // What runs the project may be in use, and is left where it is.
    const adds = development && fs.existsSync(listFile) && isInstalled(false);
    say(adds ? 'Installing what tests need besides…' : 'Installing dependencies…');
    // An installation that breaks off is begun anew by the next command.
    fs.rmSync(listFile, { force: true });
    const options = { development, adds, packages: packagesIn('package-lock.json') };
    // npm goes on writing when this process is killed.
    process.exitCode = await runNpm(root, options, say, (pid) => lock.alsoHeldBy(pid));
  } finally {
    lock.release();
  }
}

module.exports = { fail, install, isInstalled, pinnedNode, versionAtLeast };
