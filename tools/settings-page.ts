import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from './settings.ts';
import { settingsPage } from './settings-page/settings-page.ts';
import { settingsReaders } from './settings-page/settings-readers.ts';

// npm run settings: writes docs/settings.md.

await writeFile(join(projectFolder, 'docs/settings.md'), settingsPage(await settingsReaders()));
console.log('Wrote docs/settings.md');
