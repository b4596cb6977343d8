'use strict';

/** Part of install.cjs. Plain old JavaScript like it, for before anything is installed. */

const SILENCE_MS = 10000;

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
    if (Date.now() - quietSince < SILENCE_MS || (hasAnswered && !failure)) return;
    clearInterval(timer);
    say(
      'The package registry has not answered for ' +
        SILENCE_MS / 1000 +
        ' s' +
        (failure ? ' (' + failure + ')' : '') +
        ': is there a network? npm goes on trying; Ctrl-C ends it.',
    );
  }, SILENCE_MS / 10);
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
