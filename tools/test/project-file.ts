import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../settings.ts';

export function readProjectFile(name: string): string {
  return readFileSync(join(projectFolder, name), 'utf8');
}

/** All documents of the project. */
export const projectDocuments = globSync(
  ['*.md', '{docs,deploy,bench,packages,services}/**/*.md'],
  { cwd: projectFolder, exclude: (path) => path.includes('node_modules') },
);
