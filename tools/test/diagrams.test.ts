import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagramFiles, digestOf } from '../diagrams/diagram-files.ts';

test.each(diagramFiles())(
  'the picture of $name is of its text: npm run diagrams draws it',
  ({ source, picture }) => {
    const svg = readFileSync(picture, 'utf8');
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain(`<!-- ${digestOf(readFileSync(source, 'utf8'))} -->`);
    // Pictures in a page show no HTML.
    expect(svg).not.toContain('<foreignObject');
  },
);
