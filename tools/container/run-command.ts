import { SettingsError, StartupError } from '@anaquel/runtime';
import type { ProcessName } from '../../services/manifest.ts';

/** What a command does with the words behind its name. */
export type Command = (words: readonly string[]) => Promise<void>;

/**
 * Runs the command that the arguments of this process name. What a person can mend is one line and
 * exit code 1.
 */
export async function runCommand(
  image: ProcessName,
  commands: Readonly<Record<string, Command>>,
): Promise<void> {
  const [name = '', ...words] = process.argv.slice(2);
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined)
      throw new StartupError(
        `The image ${image} has no command "${name}": it has ${Object.keys(commands).join(', ')}.`,
      );
    await command(words);
  } catch (error) {
    const isExpected = error instanceof StartupError || error instanceof SettingsError;
    console.error(isExpected ? error.message : error);
    process.exitCode = 1;
  }
}

/** @throws StartupError when a command got words that it does not know. */
export function assertNoWords(words: readonly string[]): void {
  if (words.length > 0) throw new StartupError(`"${words.join(' ')}" means nothing here.`);
}
