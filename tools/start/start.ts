import { parseArgs } from 'node:util';
import { SettingsError, StartupError } from '@anaquel/runtime';
import { isNear } from './misspelt-settings.ts';
import { runShop } from './run-shop.ts';

const HELP = `npm start -- [--empty]
npm run dev -- [--empty]

Starts the shop: makes keys on the first run, migrates, builds the web app, runs everything until Ctrl-C.

  --dev     restart what changes, and serve the web app with hot reload: npm run dev
  --empty   leave a fresh data folder empty instead of loading the demo catalogue
  --help    print this

Settings come from the environment, or from .env: docs/settings.md lists them.`;

const LAST_WORDS_MS = 2_000;

interface Flags {
  dev: boolean;
  empty: boolean;
  help: boolean;
}

function readFlags(args: string[]): Flags {
  const flags = parseFlags(args);
  return { ...flags, empty: flags.empty || isTakenByNpm('empty') };
}

function parseFlags(args: string[]): Flags {
  try {
    const { values } = parseArgs({
      args,
      options: {
        dev: { type: 'boolean' },
        empty: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { dev = false, empty = false, help = false } = values;
    return { dev, empty, help };
  } catch {
    throw refusalOf(args.join(' '));
  }
}

/** Whether npm took the flag for one of its own, as in `npm start --empty`. */
function isTakenByNpm(flag: string): boolean {
  const prefix = 'npm_config_';
  const npmFlags = Object.keys(process.env).filter((name) => name.startsWith(prefix));
  const misspelt = npmFlags
    .map((name) => name.slice(prefix.length))
    .find((name) => name !== flag && isNear(name, flag));
  if (misspelt !== undefined) throw refusalOf(`--${misspelt}`);
  return process.env[prefix + flag] === 'true';
}

function refusalOf(got: string): StartupError {
  return new StartupError(`npm start takes only --empty and --help, after "--": got ${got}`);
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) console.log(HELP);
  else process.exitCode = (await runShop(flags)) ? 0 : 1;
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

// Whoever reads what is printed may take this long for the rest; one who takes nothing would keep
// the process for ever.
setTimeout(() => process.exit(), LAST_WORDS_MS).unref();
