import { join, relative } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { buildServices } from './build-services.ts';
import { buildWebApp } from './build-web-app.ts';
import { writeRelease } from './release/write-release.ts';
import { projectFolder } from './settings.ts';

// npm run release: packs release/anaquel-<version>.tar.gz, from which npm start runs without
// building anything. It needs GNU tar and git.

try {
  await buildServices(() => console.log('Building the services…'));
  await buildWebApp(() => console.log('Building the web app…'));
  const archive = await writeRelease(join(projectFolder, 'release'));
  console.log(`The release is ${relative(projectFolder, archive)}.`);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
