import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../settings.ts';
import { projectDocuments, readProjectFile } from './project-file.ts';

/** The names that GitHub gives the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Why a link leads nowhere; null when it leads somewhere, or out of the project. */
function faultOf(document: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  const file = join(projectFolder, target);
  if (!existsSync(file)) return `${document}: ${link}: there is no ${target}`;
  if (anchor === undefined || statSync(file).isDirectory()) return null;
  return anchorsOf(readProjectFile(target)).has(anchor)
    ? null
    : `${document}: ${link}: no such heading`;
}

test('every link between documents leads somewhere', () => {
  expect(projectDocuments.length).toBeGreaterThan(60);
  const faults = projectDocuments.flatMap((document) => {
    const text = readProjectFile(document).replaceAll(/^```[^]*?^```$/gm, '');
    const links = [...text.matchAll(/(?:\]\(|src=")([^)"\s]+)/g)].map(([, link = '']) => link);
    return links.map((link) => faultOf(document, link)).filter((fault) => fault !== null);
  });
  expect(faults).toEqual([]);
});
