'use strict';

/** Part of install.cjs. Plain old JavaScript like it, for before anything is installed. */

/** Requests that fail for so long are told of. */
const FAILING_MS = 10000;
/** A silent npm is told of later: on a slow machine its first request comes after many seconds. */
const SILENT_MS = 30000;
const POLL_MS = 1000;

/**
 * Reads what npm logs of its requests, and says once when the registry has not answered for a
 * while: npm itself tries for a minute and more before it says a word.
 */
function createRegistryWatch(say) {
  let quietSince = Date.now();
  let hasAnswered = false;
  let failure;
  let line = '';
  const timer = setInterval(() => {
    const quietMs = Date.now() - quietSince;
    if (quietMs < (failure ? FAILING_MS : SILENT_MS) || (hasAnswered && !failure)) return;
    clearInterval(timer);
    const what = failure
      ? "The package registry can't be reached (" + failure + '): is there a network?'
      : 'npm has no answer of the package registry yet: the machine is slow, or there is no network.';
    say(what + ' npm goes on trying; Ctrl-C ends it.');
  }, POLL_MS);
  return {
    read: (chunk) => {
      const lines = (line + chunk).split('\n');
      line = lines.pop();
      for (const one of lines) {
        const failed = /^npm http fetch .* attempt \d+ failed with (\S+)/.exec(one);
        if (failed) failure = failed[1];
        else if (/^npm http (fetch|cache) /.test(one)) {
          quietSince = Date.now();
          hasAnswered = true;
          failure = undefined;
        }
      }
    },
    /** The system's word for why no request succeeded lately. */
    failure: () => failure,
    stop: () => clearInterval(timer),
  };
}

module.exports = { createRegistryWatch };
