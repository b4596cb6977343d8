import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartupError } from '../src/index.ts';
import { lockDatabase, tryLock, tryLockDatabase } from '../src/sql/index.ts';

let folder: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-lock-'));
  path = join(folder, 'shop.db');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Another process, which has the lock when this resolves. */
async function holder(): Promise<ChildProcess> {
  const module = new URL('../src/sql/file-lock.ts', import.meta.url).href;
  const script = `import { lockDatabase } from '${module}';
    const lock = await lockDatabase(${JSON.stringify(path)}, { service: 'other' });
    process.on('SIGTERM', () => setTimeout(() => lock.release(), 300));
    process.on('disconnect', () => process.exit());
    process.send('locked');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  await once(child, 'message');
  return child;
}

test('only one holder at a time has it, within a process too', () => {
  const first = tryLock(path);
  expect(first).not.toBeNull();
  expect(tryLock(path)).toBeNull();
  expect(readdirSync(folder), 'on a full disk there is no room for more').toEqual(['shop.db']);
  expect(statSync(path).size).toBe(0);
  expect(statSync(path).mode & 0o077).toBe(0);
  first?.release();
  const second = tryLock(path);
  expect(second).not.toBeNull();
  second?.release();
  expect(readdirSync(folder), 'nothing is left').toEqual([]);
});

test('another process that has it is named in the error, and kill -9 releases it', async () => {
  const other = await holder();
  expect(tryLockDatabase(path)).toBeNull();
  const refused = lockDatabase(path, { service: 'inventory', patienceMs: 200 });
  await expect(refused).rejects.toThrow(
    `Another inventory service runs on ${path}. Stop it first, or point DATABASE_URL elsewhere.`,
  );
  await expect(refused).rejects.toThrow(StartupError);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = tryLockDatabase(path);
  expect(lock).not.toBeNull();
  lock?.release();
});

test('a process that releases it hands it to one that waits', async () => {
  const other = await holder();
  const waiting = lockDatabase(path, { service: 'inventory' });
  other.kill('SIGTERM');
  (await waiting).release();
});

test('of several processes that lock and release it all the time never two have it', async () => {
  const module = new URL('../src/sql/file-lock.ts', import.meta.url).href;
  const script = `import { tryLock } from '${module}';
    import { closeSync, openSync, unlinkSync } from 'node:fs';
    const inside = ${JSON.stringify(join(folder, 'inside'))};
    let taken = 0;
    const until = Date.now() + 20_000;
    while (taken < 150 && Date.now() < until) {
      const lock = tryLock(${JSON.stringify(path)});
      if (lock === null) continue;
      closeSync(openSync(inside, 'wx'));
      taken += 1;
      unlinkSync(inside);
      lock.release();
    }`;
  const ends = Array.from({ length: 3 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return once(child, 'exit');
  });
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
}, 60_000);

test('a file that is not a lock is named in the error', () => {
  writeFileSync(`${path}.lock`, 'this is a shopping list, not a lock'.repeat(100));
  expect(() => tryLockDatabase(path)).toThrow(
    `The lock ${path}.lock can't be taken: file is not a database.`,
  );
  expect(() => tryLockDatabase(join(path, '..', 'shop.db.lock', 'shop.db'))).toThrow(StartupError);
});
