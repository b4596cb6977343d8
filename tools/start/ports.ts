import { createServer } from 'node:net';
import { once } from 'node:events';
import { errorCode } from '../error-code.ts';

/** One line that says why nothing can listen on host:port, naming the setting; null when it can. */
export async function portProblem(
  setting: string,
  host: string,
  port: number,
): Promise<string | null> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') {
      return `Port ${port} is in use: end what listens there, or choose another port with ${setting}.`;
    }
    return `Cannot listen on ${host}, port ${port} (${code}): check HOST and ${setting}.`;
  } finally {
    probe.close();
  }
}
