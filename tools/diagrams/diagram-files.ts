import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from '../settings.ts';

const FOLDER = 'docs/diagrams';

/** Each diagram: its source in Mermaid, and the picture that is drawn of it. */
export function diagramFiles(): { name: string; source: string; picture: string }[] {
  return globSync('*.mmd', { cwd: join(projectFolder, FOLDER) })
    .toSorted()
    .map((file) => {
      const name = basename(file, '.mmd');
      const at = (ending: string) => join(projectFolder, FOLDER, `${name}.${ending}`);
      return { name, source: at('mmd'), picture: at('svg') };
    });
}

/** A picture on white, that says of which text it is. */
export function signed(svg: string, text: string): string {
  const onWhite = svg.replace(/^(<svg [^>]*?style=")/, '$1background: white; ');
  return `${onWhite.trim()}\n<!-- ${digestOf(text)} -->\n`;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
