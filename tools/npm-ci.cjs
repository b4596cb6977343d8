'use strict';

/** Part of install.cjs. Plain old JavaScript like it, for before anything is installed. */

const { spawn } = require('child_process');
const os = require('os');
const path = require('path');
const { createRegistryWatch } = require('./registry-watch.cjs');

const isWindows = process.platform === 'win32';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// Development and optional packages are needed, whatever NODE_ENV or the user's npm settings say.
// The retries are enough for a connection that breaks off; npm's own mean a minute of silence.
const NPM_OPTIONS =
  'ci --include=dev --include=optional --loglevel=http --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000 --no-audit --no-fund';

/** npm's chatter is kept back: it is printed only when the installation fails. */
function spawnNpm(root, say) {
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

/**
 * Runs `npm ci` in the folder, and says what to do when it fails.
 * @param started is told the id of npm's process
 * @returns the exit code: 0, 1, or 128 and the number of the signal that stopped it
 */
async function runNpmCi(root, say, started) {
  const { child, ended, unreachable } = spawnNpm(root, say);
  if (child.pid) started(child.pid);
  let stoppedBy;
  const stop = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const slow = setInterval(() => say('Still installing…'), 30000);
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

module.exports = { runNpmCi };
