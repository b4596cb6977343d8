import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hangs } from '../start/health-watch.ts';
import type { ServiceProcess } from '../start/service-process.ts';
import { superviseServices } from '../start/supervisor.ts';
import type { Supervisor } from '../start/supervisor.ts';
import { freePort } from './free-port.ts';

let folder: string;
let lines: string[];
let supervisor: Supervisor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  lines = [];
});

afterEach(async () => {
  supervisor?.stop();
  await supervisor?.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** It answers how often it was asked whether it lives. */
const listens = `
  let asked = 0;
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/live') asked += 1;
    response.end(String(asked));
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
  const end = () => process.exit(0);
`;

/** The file may be there before its line is. */
function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** A service out of a few lines of JavaScript. Each life of it adds its process id to a file. */
async function service(
  name: string,
  body: string,
): Promise<ServiceProcess & { pids: () => number[] }> {
  const file = join(folder, `${name}.cjs`);
  const log = join(folder, `${name}.pids`);
  writeFileSync(
    file,
    `require('node:fs').appendFileSync(${JSON.stringify(log)}, process.pid + '\\n');\n${body}`,
  );
  const port = await freePort();
  return {
    name,
    args: [file],
    cwd: folder,
    env: { PORT: String(port), LOG: join(folder, 'order') },
    readyUrl: `http://127.0.0.1:${port}/`,
    liveUrl: `http://127.0.0.1:${port}/live`,
    pids: () => (existsSync(log) ? wholeLines(readFileSync(log, 'utf8')).map(Number) : []),
  };
}

const notes = {
  write: (text: string | Buffer) => void lines.push(...text.toString().trim().split('\n')),
  settled: async () => {},
};

function supervise(services: ServiceProcess[], limits = {}): Supervisor {
  supervisor = superviseServices({
    services,
    say: (line) => lines.push(line),
    outputs: { stdout: notes, stderr: notes },
    limits: { firstRetryMs: 1, ...limits },
  });
  return supervisor;
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('starts when all are ready and stops the last one first', async () => {
  const saysWhenItEnds = (name: string) => `
    process.on('SIGTERM', () => { require('node:fs').appendFileSync(process.env.LOG, '${name} '); end(); });`;
  const one = await service('one', listens + saysWhenItEnds('one'));
  const two = await service('two', listens + saysWhenItEnds('two'));
  const { started, ended, stop } = supervise([one, two]);
  expect(await started).toBe(true);
  stop();
  stop();
  expect(await ended).toBe(true);
  expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('two one ');
  expect([...one.pids(), ...two.pids()].filter(isAlive)).toEqual([]);
  expect(lines).toEqual([]);
});

test('restarts a service that was ready at once, more often than it would retry one that was not', async () => {
  const one = await service('one', listens);
  await supervise([one], { firstRetryMs: 60_000, longestRetryMs: 60_000 }).started;
  for (let death = 1; death <= 7; death += 1) {
    // Ready as the supervisor sees it: from then on it asks whether the service lives.
    await vi.waitFor(
      async () => expect(await (await fetch(one.readyUrl)).text()).not.toBe('0'),
      30_000,
    );
    process.kill(one.pids().at(-1) ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(one.pids()).toHaveLength(death + 1), 30_000);
  }
  expect(lines).toEqual(
    Array.from({ length: 7 }, () => 'one was killed by SIGKILL: restarting it.'),
  );
});

test('restarts a service when it is told to, and once when it is told twice', async () => {
  const one = await service('one', listens);
  const running = supervise([one]);
  await running.started;
  const [first = 0] = one.pids();
  running.restart(one);
  running.restart(one);
  await vi.waitFor(() => expect(one.pids()).toHaveLength(2), 30_000);
  expect(isAlive(first)).toBe(false);
  await vi.waitFor(async () => expect((await fetch(one.readyUrl)).status).toBe(200), 30_000);
  expect(one.pids()).toHaveLength(2);
});

test('gives up after five deaths before readiness in a row, waiting longer each time, and stops the others', async () => {
  const one = await service('one', listens);
  const two = await service('two', 'console.error("no luck"); process.exit(3);');
  const { started, ended } = supervise([one, two], { firstRetryMs: 10, longestRetryMs: 35 });
  expect(await started).toBe(false);
  expect(await ended).toBe(false);
  expect(two.pids()).toHaveLength(5);
  expect([...one.pids(), ...two.pids()].filter(isAlive)).toEqual([]);
  expect(lines.filter((line) => line !== 'no luck')).toEqual([
    'two ended with exit code 3 before it was ready: trying again in 10 ms.',
    'two ended with exit code 3 before it was ready: trying again in 20 ms.',
    'two ended with exit code 3 before it was ready: trying again in 35 ms.',
    'two ended with exit code 3 before it was ready: trying again in 35 ms.',
    'two ended with exit code 3 before it was ready, 5 times in a row: giving up.',
  ]);
});

test('does not try again when a service says in the first start that it cannot run', async () => {
  const one = await service(
    'one',
    `process.send({ type: 'cannot-start' }, () => process.exit(1));`,
  );
  const { started, ended } = supervise([one]);
  expect(await started).toBe(false);
  expect(await ended).toBe(false);
  expect(one.pids()).toHaveLength(1);
  expect(lines).toEqual([]);
});

test('kills a service that is never ready, and one that does not stop', async () => {
  const one = await service('one', 'setInterval(() => {}, 1000);');
  const two = await service('two', `${listens} process.on('SIGTERM', () => {});`);
  const { ended } = supervise([two, one], {
    // Long enough for a slow machine to begin a process, which then says that it is there.
    readyWithinMs: 4000,
    deathsInARow: 2,
    stopWithinMs: 300,
  });
  expect(await ended).toBe(false);
  expect(one.pids()).toHaveLength(2);
  expect([...one.pids(), ...two.pids()].filter(isAlive)).toEqual([]);
});

test('stops while services are still starting', async () => {
  const one = await service('one', 'setInterval(() => {}, 1000);');
  const { started, ended, stop } = supervise([one]);
  await vi.waitFor(() => expect(one.pids()).toHaveLength(1), 30_000);
  stop();
  expect(await ended).toBe(true);
  expect(await started).toBe(false);
  expect(one.pids().filter(isAlive)).toEqual([]);
});

/** Answers the whole time in which the test needs it to, however busy the machine is. */
const healthChecks = { everyMs: 400, failures: 6 };

test.skipIf(process.platform === 'win32')(
  'replaces a service that hangs with its port open, and lets those alone that answer',
  async () => {
    const one = await service('one', listens);
    const two = await service('two', listens);
    await supervise([one, two], { healthChecks }).started;
    const [hanging = 0] = one.pids();
    process.kill(hanging, 'SIGSTOP');
    await vi.waitFor(() => expect(one.pids()).toHaveLength(2), 30_000);
    expect(isAlive(hanging)).toBe(false);
    await vi.waitFor(async () => expect((await fetch(one.readyUrl)).status).toBe(200), 30_000);
    expect(two.pids()).toHaveLength(1);
    expect(lines).toEqual([
      'one hangs: it failed 6 health checks in a row.',
      'one was killed by SIGKILL: restarting it.',
    ]);
  },
);

test.skipIf(process.platform === 'win32')(
  'a time in which the supervisor stood still says nothing of a service',
  async () => {
    const one = await service('one', listens);
    await supervise([one], { stopWithinMs: 1 }).started;
    process.kill(one.pids()[0] ?? 0, 'SIGSTOP');
    const ending = new AbortController();
    let verdict: boolean | null = null;
    const watching = hangs(one.readyUrl, { everyMs: 200, failures: 3 }, ending.signal).then(
      (hung) => (verdict = hung),
    );
    for (let stops = 1; stops <= 6; stops += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    }
    expect(verdict).toBe(null);
    expect(await watching).toBe(true);
  },
);

test('what keeps a service from coming up is said once while it is tried again, and a change tries it at once', async () => {
  const flag = join(folder, 'mended');
  const one = await service(
    'one',
    `if (!require('node:fs').existsSync(${JSON.stringify(flag)})) {
       console.error('There is no such thing.');
       process.exit(1);
     }
     ${listens}`,
  );
  const { started, restart } = supervise([one], { deathsInARow: Infinity, longestRetryMs: 50 });
  await vi.waitFor(() => expect(one.pids().length).toBeGreaterThan(6), 30_000);
  expect(lines).toEqual([
    'There is no such thing.',
    'one ended with exit code 1 before it was ready: it is tried again, every 0.05 s in the end.',
  ]);
  writeFileSync(flag, '');
  restart(one);
  expect(await started).toBe(true);
});

test('goes on trying a service that worked before, however often it fails', async () => {
  const flag = join(folder, 'no-room');
  const one = await service(
    'one',
    `if (require('node:fs').existsSync(${JSON.stringify(flag)})) process.exit(1);
     ${listens}`,
  );
  const { started } = supervise([one], { deathsInARow: 2, longestRetryMs: 20 });
  await started;
  writeFileSync(flag, '');
  process.kill(one.pids()[0] ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(one.pids().length).toBeGreaterThan(8), 30_000);
  rmSync(flag);
  await vi.waitFor(async () => expect((await fetch(one.readyUrl)).status).toBe(200), 30_000);
  expect(lines).toEqual([
    'one was killed by SIGKILL: restarting it.',
    'one ended with exit code 1 before it was ready: it is tried again, every 0.02 s in the end.',
  ]);
});

test('writes whole lines of what services print, in their order', async () => {
  const one = await service(
    'one',
    `${listens}
     process.stdout.write('first ');
     setTimeout(() => process.stdout.write('half\\nsecond'), 50);
     setTimeout(() => process.stdout.write(' half\\n'), 100);`,
  );
  await supervise([one]).started;
  await vi.waitFor(() => expect(lines).toEqual(['first half', 'second half']), 30_000);
});
