'use strict';

/** Part of install.cjs. Plain old JavaScript like it, for before anything is installed. */

const fs = require('fs');
const os = require('os');
const path = require('path');

const LONGEST_WAIT_MS = 15 * 60 * 1000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ownersOf(folder) {
  try {
    return fs.readFileSync(path.join(folder, 'owner.json'), 'utf8');
  } catch {
    // Made just now, or gone.
    return '';
  }
}

/** Nothing is known of the processes of another machine, as a container is one. */
function areGone(owners) {
  const { host, pids } = owners === '' ? { pids: [] } : JSON.parse(owners);
  return host === os.hostname() && !pids.some(isAlive);
}

function removeStale(folder, owners) {
  const aside = folder + '-' + process.pid;
  try {
    fs.renameSync(folder, aside);
    // Between the look and the move another process may have made its own lock: give that one back.
    if (ownersOf(aside) !== owners) fs.renameSync(aside, folder);
    else fs.rmSync(aside, { recursive: true, force: true });
  } catch {
    // Another process was faster.
  }
}

function tryLock(folder) {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  }
  const writeOwners = (pids) => {
    const owners = { host: os.hostname(), pids: [process.pid].concat(pids) };
    fs.writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(owners));
  };
  writeOwners([]);
  return {
    /** A process that goes on when this one is killed. */
    alsoHeldBy: (pid) => writeOwners([pid]),
    release: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Lets one installation happen at a time: the lock is a folder in which its owners are noted, and
 * goes over to another process once they are gone.
 */
async function acquireLock(folder, say) {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (let waits = 0; Date.now() < deadline; waits += 1) {
    const lock = tryLock(folder);
    if (lock) return lock;
    const owners = ownersOf(folder);
    if (areGone(owners)) {
      removeStale(folder, owners);
      continue;
    }
    if (waits === 0)
      say('Waiting for another installation to end… If there is none, delete ' + folder);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('another installation seems to hang. End it, delete ' + folder);
}

module.exports = { acquireLock };
