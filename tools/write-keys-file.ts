import { isSecretSet, SettingsError, StartupError } from '@anaquel/runtime';
import { gatewayKeySettings, serviceNames } from '../services/manifest.ts';
import { writeKeysFile } from './gateway-keys.ts';

/**
 * Notes the gateway's keys for a service that doesn't run by npm start: node
 * tools/write-keys-file.ts <service> <file>
 */
const [serviceArgument, file, ...rest] = process.argv.slice(2);
const service = serviceNames.find((name) => name === serviceArgument);
const missing = Object.values(gatewayKeySettings).filter((name) => !isSecretSet(process.env, name));
try {
  if (service === undefined || file === undefined || rest.length > 0)
    throw new StartupError(`node tools/write-keys-file.ts <${serviceNames.join(' or ')}> <file>`);
  if (missing.length > 0) throw new StartupError(`${missing.join(' and ')} must be set.`);
  writeKeysFile(file, service, process.env);
} catch (error) {
  const isExpected = error instanceof StartupError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
