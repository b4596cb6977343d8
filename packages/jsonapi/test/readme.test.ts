import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { breachesOf } from '../src/rules.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Asks the README's server, and gives what it answered. */
function run(url: string): { status: number; headers: Record<string, string>; text: string } {
  const readme = readFileSync(`${folder}/README.md`, 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const ask = `
    const answered = await app.inject(${JSON.stringify(url)});
    const { statusCode: status, headers, payload } = answered;
    console.log(JSON.stringify({ status, headers, text: payload }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: folder,
    input: example + ask,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

test('the example of the README serves books', () => {
  const found = run('/books?filter[title]=Ficciones&fields[books]=title');
  expect(JSON.parse(found.text)).toMatchObject({
    data: [{ type: 'books', id: '1', attributes: { title: 'Ficciones' } }],
    meta: { total: 1 },
  });
  expect(breachesOf(found, { method: 'GET', url: '/books?filter[title]=x' })).toEqual([]);
  const refused = run('/books?filter[colour]=red');
  expect(refused.status).toBe(400);
  expect(JSON.parse(refused.text).errors[0].source).toEqual({ parameter: 'filter[colour]' });
  expect(run('/books/2').status).toBe(404);
});
