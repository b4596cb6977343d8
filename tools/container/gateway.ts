import { assertNoWords, runCommand } from './run-command.ts';
import { warmUp } from './warm-up.ts';

await runCommand('gateway', {
  async 'warm-up'(words) {
    assertNoWords(words);
    await warmUp('gateway');
  },
});
