import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { breachesOf } from '../src/rules.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

/** The answers of the README's server. */
function ask(urls: readonly string[]): Answer[] {
  const readme = readFileSync(`${folder}/README.md`, 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const asking = `
    for (const url of ${JSON.stringify(urls)}) {
      const { statusCode: status, headers, payload } = await app.inject(url);
      console.log(JSON.stringify({ status, headers, text: payload }));
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript'], {
    cwd: folder,
    input: example + asking,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

test('the example of the README serves books', () => {
  const urls = [
    '/books?filter[title]=Ficciones&fields[books]=title',
    '/books?filter[colour]=red',
    '/books/2',
  ];
  const answers = ask(urls);
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 404]);
  const [list, refused] = answers.map(({ text }) => JSON.parse(text));
  expect(list).toMatchObject({
    data: [{ type: 'books', id: '1', attributes: { title: 'Ficciones' } }],
    meta: { total: 1 },
  });
  expect(refused.errors[0].source).toEqual({ parameter: 'filter[colour]' });
  for (const [index, answer] of answers.entries())
    expect(breachesOf(answer, { method: 'GET', url: urls[index] ?? '' })).toEqual([]);
});
