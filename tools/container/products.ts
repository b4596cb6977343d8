import { runCommand } from './run-command.ts';
import { serviceCommands } from './service-commands.ts';

await runCommand('products', serviceCommands('products'));
