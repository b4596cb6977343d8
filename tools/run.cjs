#!/usr/bin/env node
'use strict';

/**
 * Runs a script of this project on a fresh clone: installs what the lockfile names when it is
 * missing or stale, then hands over to the Node that the lockfile pins.
 *
 * node tools/run.cjs [--development] <script> [arguments]
 *
 * --development: the script needs more than running and building do, such as the test runner.
 *
 * This is plain old JavaScript on purpose: any Node since 14 can read it far enough to say what is
 * missing. It passes on SIGINT, SIGTERM and SIGHUP, and the script's exit code. A script started as
 * a child has an IPC channel to this process and ends with it, even after a SIGKILL.
 */

const { spawn } = require('child_process');
const fs = require('fs');
const nodeModule = require('module');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');
const { fail, install, isInstalled, pinnedNode, versionAtLeast } = require('./install.cjs');

const root = path.resolve(__dirname, '..');
const PARENT_POLL_MS = 250;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ends this process, as SIGTERM does, when the one that started it is gone, even by SIGKILL. */
function endWithParent() {
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (process.channel) {
    process.once('disconnect', end);
    process.channel.unref();
  } else if (process.env.npm_lifecycle_event) {
    // Started by npm, which has no channel to us: an orphan gets another parent.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      end();
    }, PARENT_POLL_MS);
    watch.unref();
  }
}

/**
 * Compiled code is kept for the next command, and for what this one starts. Its places are
 * relative, so that copies of the project with the same packages share it.
 */
function keepCompiledCode() {
  if (process.env.NODE_COMPILE_CACHE) return;
  process.env.NODE_COMPILE_CACHE = path.join(root, 'node_modules', '.cache', 'compiled');
  process.env.NODE_COMPILE_CACHE_PORTABLE = '1';
  nodeModule.enableCompileCache();
}

function runHere(script, args) {
  endWithParent();
  keepCompiledCode();
  process.argv = [process.execPath, script].concat(args);
  return import(pathToFileURL(script).href);
}

function runOn(node, script, args) {
  endWithParent();
  const child = spawn(node, [__filename, script].concat(args), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail('Cannot run ' + node + ': ' + error.message));
  child.once('exit', (code, signal) => {
    process.exitCode = signal ? 128 + os.constants.signals[signal] : code;
  });
}

async function main() {
  // A closed pipe or a full disk below its output ends no command: `npm start | head` goes on
  // running.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (!versionAtLeast(20, 20)) {
    fail(
      'This project needs Node 20.20 or newer to set itself up; this is Node ' +
        process.versions.node +
        '.',
    );
  }
  const development = process.argv[2] === '--development';
  const [given, ...args] = process.argv.slice(development ? 3 : 2);
  if (!given) fail('Usage: node tools/run.cjs [--development] <script> [arguments]');
  const script = path.resolve(root, given);

  const wasInstalled = isInstalled(development);
  if (!wasInstalled) await install(development);
  if (process.exitCode) return;

  // After an installation this process may be a Node that the lockfile no longer names.
  const isReplaced = !wasInstalled && process.execPath.startsWith(path.join(root, 'node_modules'));
  if (versionAtLeast(24, 0) && !isReplaced) await runHere(script, args);
  else if (fs.existsSync(pinnedNode)) runOn(pinnedNode, script, args);
  else {
    const here = process.platform + ' on ' + process.arch;
    fail(
      'Node 24 does not come with the project for ' +
        here +
        ': install Node 24 (https://nodejs.org) and try again.',
    );
  }
}

main().catch((error) => {
  process.stderr.write((error && error.stack ? error.stack : String(error)) + '\n');
  process.exit(1);
});
