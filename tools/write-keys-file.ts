import { gatewayKeySettings, serviceNames } from '../services/manifest.ts';
import { writeKeysFile } from './gateway-keys.ts';

/**
 * Notes the gateway's keys for a service that doesn't run by npm start: node
 * tools/write-keys-file.ts <service> <file>
 */
const [serviceArgument, file, ...rest] = process.argv.slice(2);
const service = serviceNames.find((name) => name === serviceArgument);
const missing = Object.values(gatewayKeySettings).filter((name) => !process.env[name]);
if (service === undefined || file === undefined || rest.length > 0) {
  console.error(`node tools/write-keys-file.ts <${serviceNames.join(' or ')}> <file>`);
  process.exitCode = 1;
} else if (missing.length > 0) {
  console.error(`${missing.join(' and ')} must be set.`);
  process.exitCode = 1;
} else writeKeysFile(file, service, process.env);
