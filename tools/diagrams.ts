import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { diagramFiles, signed } from './diagrams/diagram-files.ts';
import { findChromium } from './find-chromium.ts';

// npm run diagrams: draws docs/diagrams/*.mmd as pictures beside them, by Mermaid in a Chromium.
// Mermaid is 80 MB that nothing else needs, so it is taken from the npm registry when it is used.

const MERMAID = '12.3.0';
const execute = promisify(execFile);

const executablePath = findChromium();
if (executablePath === undefined) {
  console.error('No Chromium was found. Install it, or set CHROMIUM to its path.');
  process.exitCode = 1;
} else await draw(executablePath, await mermaidScript());

async function mermaidScript(): Promise<string> {
  const folder = join(homedir(), '.cache', 'anaquel', `mermaid-${MERMAID}`);
  const script = join(folder, 'package', 'dist', 'mermaid.min.js');
  if (!existsSync(script)) {
    console.log(`Fetching Mermaid ${MERMAID} …`);
    await mkdir(folder, { recursive: true });
    await execute('npm', ['pack', '--silent', `mermaid@${MERMAID}`], { cwd: folder });
    await execute('tar', ['xzf', `mermaid-${MERMAID}.tgz`], { cwd: folder });
  }
  return script;
}

async function draw(path: string, script: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: script });
    for (const { name, source, picture } of diagramFiles()) {
      const text = await readFile(source, 'utf8');
      const svg = await page.evaluate(render, { name, text });
      await writeFile(picture, signed(svg, text));
      console.log(`Drew ${name}`);
    }
  } finally {
    await browser.close();
  }
}

/** Runs in the page. Texts are those of SVG: a picture in a page shows no HTML. */
async function render({ name, text }: { name: string; text: string }): Promise<string> {
  const { mermaid } = globalThis as unknown as {
    mermaid: {
      initialize(options: object): void;
      render(id: string, text: string): Promise<{ svg: string }>;
    };
  };
  mermaid.initialize({
    startOnLoad: false,
    deterministicIds: true,
    theme: 'neutral',
    htmlLabels: false,
    flowchart: { htmlLabels: false },
  });
  return (await mermaid.render(name, text)).svg;
}
