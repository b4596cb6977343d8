import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ProcessName } from '../services/manifest.ts';
import { mainOf } from '../tools/build-services.ts';
import { projectFolder, serviceEnvironment, serviceNodeFlags } from '../tools/settings.ts';
import { PROCESS_PATIENCE_MS } from './patience.ts';

export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Resolves once it answers requests. */
  readonly ready: Promise<void>;
}

export interface ServiceProcessOptions {
  /** All that it finds there, beside the folder of compiled code. */
  readonly env: Readonly<Record<string, string>>;
  /** A command that becomes the service, or traces it. */
  readonly launcher?: readonly string[] | undefined;
  readonly onOutput: (text: string) => void;
}

/** Starts the bundle of a service, which ends by itself should this process die. */
export function startServiceProcess(
  service: ProcessName,
  { env, launcher = [], onOutput }: ServiceProcessOptions,
): ServiceProcess {
  const plain = [process.execPath, ...serviceNodeFlags, mainOf(service)];
  const [command = '', ...args] = [...launcher, ...plain];
  const child = spawn(command, args, {
    cwd: projectFolder,
    // The channel tells it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...serviceEnvironment, ...env },
  });
  let startOutput = '';
  let isReady = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (!isReady) startOutput += text;
      onOutput(text);
    });
  }
  const endedEarly = once(child, 'exit').then(([code]) => {
    throw new Error(`${service} ended with ${code} before it was ready:\n${startOutput}`);
  });
  // Once it is ready, the test that ends it checks how it ends.
  endedEarly.catch(() => undefined);
  const saysSo = once(child, 'message', { signal: AbortSignal.timeout(PROCESS_PATIENCE_MS) }).then(
    // Or that it can't start: then it ends.
    ([message]) => ((message as { type: string }).type === 'ready' ? undefined : endedEarly),
  );
  const ready = Promise.race([saysSo, endedEarly]).then(() => void (isReady = true));
  return { child, ready };
}
