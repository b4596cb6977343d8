'use strict';

/** Part of install.cjs. Plain old JavaScript like it, for before anything is installed. */

const { spawn } = require('child_process');
const os = require('os');
const path = require('path');
const { createRegistryWatch } = require('./registry-watch.cjs');

const isWindows = process.platform === 'win32';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PROGRESS_MS = 10000;
// The retries are enough for a connection that breaks off; npm's own mean a minute of silence.
const NPM_OPTIONS =
  '--loglevel=http --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000 --no-audit --no-fund';

/**
 * What is installed does not depend on NODE_ENV or the user's npm settings. `npm ci` begins with an
 * empty folder; `npm install` adds what is missing, and here writes neither manifest nor lockfile.
 */
function npmArguments({ development, adds }) {
  const kinds = ['--include=optional', development ? '--include=dev' : '--omit=dev'];
  return (adds ? ['install', '--no-save'] : ['ci']).concat(kinds, NPM_OPTIONS.split(' '));
}

/** npm's chatter is kept back: it is printed only when the installation fails. */
function spawnNpm(root, npmArgs, say) {
  const npmCli = process.env.npm_execpath;
  const isCli = npmCli && path.basename(npmCli) === 'npm-cli.js';
  // npm was started by a Node that may be another one than ours, which is about to be replaced.
  const command = isCli ? process.env.npm_node_execpath || process.execPath : 'npm';
  const args = (isCli ? [npmCli] : []).concat(npmArgs);
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: root, shell: isWindows && !isCli, stdio });
  const watch = createRegistryWatch(say);
  let output = '';
  let fetched = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      watch.read(chunk);
      fetched += (chunk.match(/\.tgz /g) || []).length;
      output = (output + chunk).slice(-100000);
    });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(command + ': ' + error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? null : output.replace(/^npm http .*\n?/gm, '')),
    );
  }).finally(watch.stop);
  return { child, ended, fetched: () => fetched, unreachable: watch.failure };
}

/** How many packages npm fetches at most: it keeps what it fetched for another folder. */
function countOf(packages, { development, adds }) {
  return Object.keys(packages).filter((key) => {
    const { integrity, dev, os: systems, cpu } = packages[key];
    if (!integrity || (dev ? !development : adds)) return false;
    return allows(systems, process.platform) && allows(cpu, process.arch);
  }).length;
}

function allows(names, name) {
  return !names || names.includes(name);
}

/**
 * Installs what the lockfile's `packages` name into the folder, and says what to do when that
 * fails.
 * @param options `development`: with what testing needs. `adds`: leave alone what is installed.
 * @param started is told the id of npm's process
 * @returns the exit code: 0, 1, or 128 and the number of the signal that stopped it
 */
async function runNpm(root, options, say, started) {
  const { child, ended, fetched, unreachable } = spawnNpm(root, npmArguments(options), say);
  if (child.pid) started(child.pid);
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const most = countOf(options.packages, options);
  const tell = () =>
    say('Still installing: fetched ' + fetched() + ' of at most ' + most + ' packages…');
  const slow = setInterval(tell, PROGRESS_MS);
  const failure = await ended;
  clearInterval(slow);
  for (const signal of SIGNALS) process.removeListener(signal, stop);
  if (stoppedBy) return 128 + os.constants.signals[stoppedBy];
  if (failure === null) return 0;
  const why = unreachable()
    ? "the package registry can't be reached (" +
      unreachable() +
      '). Connect to a network and try again.'
    : 'npm says why above.';
  say(failure.trim() + '\nInstalling the dependencies failed: ' + why);
  return 1;
}

module.exports = { runNpm };
