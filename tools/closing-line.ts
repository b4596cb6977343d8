import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { errorCode } from './error-code.ts';

interface Options {
  /** A test that was skipped makes the run fail, and is named: on a CI nobody looks for it. */
  skippingFails: boolean;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: string[];
}

/**
 * A reporter whose only line, the last one of the whole output, is `N passed, N failed` with `, N
 * skipped` when there are any. What kept tests from running counts as failed: a file that can't be
 * loaded, a hook that throws, an error outside of any test.
 */
export function createClosingLine({ skippingFails }: Options): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const counts = countTests(modules);
      counts.failed += unhandledErrors.length;
      // Printed at exit: the other reporters, and whatever complains while closing, come before it.
      process.once('exit', () => close(counts, skippingFails));
    },
  };
}

const PATIENCE_MS = 10_000;
const PAUSE_MS = 10;

/** A pipe whose reader is slow takes the line later; one that is closed never. */
function writeLastWords(text: string): void {
  const bytes = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let written = 0;
  for (let waitedMs = 0; written < bytes.length && waitedMs < PATIENCE_MS; waitedMs += PAUSE_MS) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }
}

function close({ passed, failed, skipped }: Counts, skippingFails: boolean): void {
  if (skippingFails && skipped.length > 0) {
    writeLastWords(
      `Skipped, which a CI run does not allow:\n${skipped.map((name) => `  ${name}\n`).join('')}`,
    );
    process.exitCode ||= 1;
  }
  const more = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  writeLastWords(`${passed} passed, ${failed} failed${more}\n`);
}

function countTests(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: [] };
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1;
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) counts.failed += 1;
    }
    for (const test of module.children.allTests()) countTest(counts, test);
  }
  return counts;
}

function countTest(counts: Counts, test: TestCase): void {
  const { state } = test.result();
  if (state === 'passed') counts.passed += 1;
  else if (state === 'failed') counts.failed += 1;
  else counts.skipped.push(`${test.module.relativeModuleId} > ${test.fullName}`);
}
