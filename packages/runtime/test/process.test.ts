import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

interface Child {
  process: ChildProcess;
  ended: Promise<{ code: number | null; stderr: string; stdout: string }>;
  /** The next message over IPC. */
  message(): Promise<{ type: string; address: string }>;
}

const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(behaviour: string, port = 0): Child {
  const child = fork(
    join(import.meta.dirname, 'fixtures', 'service.ts'),
    [behaviour, String(port)],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] },
  );
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  // 'close' would not come after a disconnect, and at 'exit' some output may still be on its way.
  const ends = [child, child.stdout, child.stderr].flatMap((source) =>
    source === null ? [] : [once(source, source === child ? 'exit' : 'end')],
  );
  const ended = Promise.all(ends).then(() => ({ code: child.exitCode, ...output }));
  const message = (): Promise<{ type: string; address: string }> =>
    new Promise((resolve) =>
      child.once('message', (value) => resolve(value as { type: string; address: string })),
    );
  return { process: child, ended, message };
}

describe.concurrent('a start that fails', () => {
  test('prints one clear line and exits with 1', async () => {
    expect(await run('startup-error').ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The folder is not there.\n',
    });
  });

  test('prints a line for every wrong setting', async () => {
    expect(await run('settings-error').ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'PORT must be a number.\nHOST must be a host.\n',
    });
  });

  test('names a port in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run('plain', port).ended;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${port} is already in use. Stop the other program or set PORT to a free one.\n`,
    );
  });

  test('a bug is one log line with its stack', async () => {
    const { code, stderr } = await run('bug').ended;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({
      msg: 'sample: failed to start',
      err: { message: 'x is not a function' },
    });
  });
});

describe.concurrent('a stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets running requests finish, a second signal changes nothing, exit 0',
    async (signal) => {
      const child = run('plain');
      const { type, address } = await child.message();
      expect(type).toBe('ready');
      const answer = fetch(`${address}/slow`);
      await child.message();
      child.process.kill(signal);
      child.process.kill(signal);
      const response = await answer;
      expect(response.status).toBe(200);
      expect(response.headers.get('connection')).toBe('close');
      expect((await child.ended).code).toBe(0);
    },
  );

  test('the death of the parent stops it too', async () => {
    const child = run('plain');
    await child.message();
    child.process.disconnect();
    expect((await child.ended).code).toBe(0);
  });

  test.each([0, 100])(
    'so does a death of the parent %i ms after the spawn, before it is ready',
    async (delayMs) => {
      const child = run('plain');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.process.disconnect();
      expect((await child.ended).code).toBe(0);
    },
  );

  test('past the deadline it exits with 1', async () => {
    const child = run('hangs');
    await child.message();
    child.process.kill('SIGTERM');
    const { code, stderr } = await child.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('did not stop within 0.2 s');
  });
});

test('an uncaught error is one log line, exit 1', async () => {
  const child = run('plain');
  const { address } = await child.message();
  await fetch(`${address}/crash`).catch(() => undefined);
  const { code, stderr } = await child.ended;
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({
    msg: 'sample: uncaught exception',
    err: { message: 'out of nowhere' },
  });
});
