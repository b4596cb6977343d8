import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const fixture = join(import.meta.dirname, 'fixtures', 'writer.ts');
/** A process starts slowly while many tests run. */
const PATIENCE_MS = 60_000;
const patient = { timeout: PATIENCE_MS };

const children: ChildProcess[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-output-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Writer {
  readonly child: ChildProcess;
  /** Resolves once this many lines are written or dropped. */
  write(lines: number, crash?: boolean): Promise<void>;
}

/** @param stdout a file, or a pipe to this process */
async function startWriter(stdout: number | 'pipe', launcher: string[] = []): Promise<Writer> {
  const [command, ...args] = [...launcher, process.execPath, fixture];
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe', 'ipc'] });
  children.push(child);
  await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return {
    child,
    async write(lines, crash = false) {
      const written = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
      child.send({ lines, crash });
      await written;
    },
  };
}

interface Line {
  readonly msg: string;
  readonly written?: number;
  readonly dropped?: number;
}

/** Every complete line; a line that a full disk cut off doesn't count. */
function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}

const written = (lines: readonly Line[]) => lines.flatMap(({ written: number = [] }) => number);

function droppedIn(lines: readonly Line[]): number {
  return lines.reduce((sum, { dropped = 0 }) => sum + dropped, 0);
}

test.skipIf(process.platform === 'win32')(
  "lines that don't fit on a full disk are dropped and counted; once there is room the log goes on after one line with the count",
  patient,
  async () => {
    const path = join(folder, 'log');
    const file = openSync(path, 'a');
    // A limit on the size of files, with its signal ignored, acts as a full disk.
    const limited = ['sh', '-c', `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`];
    const { child, write } = await startWriter(file, limited);
    closeSync(file);
    let last = 0;
    for (const lines of [500, 300]) {
      await write(lines);
      const before = linesOf(readFileSync(path, 'utf8'));
      const firstLines = written(before);
      expect(firstLines.length).toBeGreaterThan(10);
      expect(firstLines.length).toBeLessThan(lines);
      truncateSync(path);
      await write(1);
      const [note, after, ...more] = linesOf(readFileSync(path, 'utf8'));
      const lost = lines - firstLines.length;
      expect(note).toMatchObject({ level: 'warn', dropped: lost });
      expect(note?.msg).toBe(`${lost} lines of this log could not be written and were dropped`);
      last += lines + 1;
      expect([after?.written, ...more]).toEqual([last]);
      truncateSync(path);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);

test(
  'a pipe that nobody reads blocks nobody; once it is read, it has the count of dropped lines',
  patient,
  async () => {
    const { child, write } = await startWriter('pipe');
    const total = 50_000;
    await write(total);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    let lineCount = total;
    await vi.waitFor(async () => {
      lineCount += 1;
      await write(1);
      expect(droppedIn(linesOf(text))).toBeGreaterThan(0);
      expect(written(linesOf(text)).at(-1)).toBe(lineCount);
    }, PATIENCE_MS);
    const lines = linesOf(text);
    const numbers = written(lines);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.length + droppedIn(lines)).toBe(lineCount);
  },
);

test("a closed pipe doesn't end the process", patient, async () => {
  const { child, write } = await startWriter('pipe');
  child.stdout?.destroy();
  child.stderr?.destroy();
  await write(100);
  await write(100);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a crash ends the process at once, even if nobody reads its output', patient, async () => {
  const { child, write } = await startWriter('pipe');
  const exit = once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
  await write(20_000, true);
  expect(await exit).toEqual([1, null]);
});
