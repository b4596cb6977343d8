import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const FILE = new URL('soak-counts.ts', import.meta.url).href;

/** What an expression of the exports is in a soak of so many percent. */
function inSoak(percent: number, expression: string): unknown {
  const code = `import { repeatsMore, times } from '${FILE}'; console.log(JSON.stringify(${expression}));`;
  const env = { ANAQUEL_SOAK: '1', ANAQUEL_SOAK_PERCENT: String(percent) };
  const args = ['--input-type=module', '--eval', code];
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

test('a soak repeats a test as often as its share of the count says, and never less than npm test', () => {
  const count = '{ test: 3, soak: 200 }';
  const counts = [100, 10, 1].map((percent) => inSoak(percent, `times(${count})`));
  expect(counts).toEqual([200, 20, 3]);
});

test('a part of a soak repeats more of a file whose counts it raises, or which asks whether it is one', () => {
  const files = [
    'times({ test: 2, soak: 10 }); times({ test: 400, soak: 10_000 })',
    'times({ test: 400, soak: 4_000 })',
    'if (isSoak) test()',
    'if (isWholeSoak) test()',
  ];
  expect(inSoak(10, `${JSON.stringify(files)}.map(repeatsMore)`)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
