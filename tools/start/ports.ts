import { createServer } from 'node:net';
import { once } from 'node:events';
import { errorCode } from '../error-code.ts';
import { portOwner } from './port-owner.ts';

const NO_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

/** One line that says why nothing can listen on host:port, naming the setting; null when it can. */
export async function portProblem(
  setting: string,
  host: string,
  port: number,
  hostSetting = 'HOST',
): Promise<string | null> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') {
      const owner = portOwner(port);
      const what = owner === null ? 'what listens there' : `what listens there (${owner})`;
      return `Port ${port} is in use: end ${what}, or choose another port with ${setting}.`;
    }
    if (NO_ADDRESS.has(code))
      return `${hostSetting} must be an address of this machine, such as 127.0.0.1, not "${host}" (${code}).`;
    if (code === 'EACCES')
      return `Port ${port} may not be used by this account: choose one above 1023 with ${setting}.`;
    return `Cannot listen on ${host}, port ${port} (${code}): check ${hostSetting} and ${setting}.`;
  } finally {
    probe.close();
  }
}
