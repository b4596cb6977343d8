import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { readReleaseNotes } from './release/read-release-notes.ts';
import { projectFolder } from './settings.ts';

// node tools/run.cjs tools/release-notes.ts v0.1.0: prints what CHANGELOG.md says of the version
// that is about to be released. Exit code 1 when that isn't the version of package.json.

try {
  const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');
  const { version }: { version: string } = JSON.parse(read('package.json'));
  console.log(readReleaseNotes(process.argv[2] ?? '', version, read('CHANGELOG.md')));
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
