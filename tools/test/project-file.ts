import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../settings.ts';

export function readProjectFile(name: string): string {
  return readFileSync(join(projectFolder, name), 'utf8');
}
