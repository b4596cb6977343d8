import { spawn } from 'node:child_process';

export interface DockerOptions {
  /** Added to the environment, where Compose finds its variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The exit code that is expected, 0 when left out. */
  readonly code?: number;
}

/** Runs docker with these arguments and returns all that it said. */
export async function docker(
  args: readonly string[],
  { environment = {}, code: expected = 0 }: DockerOptions = {},
): Promise<string> {
  const child = spawn('docker', args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const code = await promise;
  if (code !== expected)
    throw new Error(`docker ${args.join(' ')} ended with ${code}, not ${expected}:\n${said}`);
  return said;
}
