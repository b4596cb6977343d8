import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readApiDocuments } from './collection/api-documents.ts';
import { collectionFiles } from './collection/collection-files.ts';
import { projectFolder } from './settings.ts';

// npm run collection: writes the Postman collection and its environment.

for (const [path, text] of Object.entries(collectionFiles(await readApiDocuments()))) {
  await writeFile(join(projectFolder, path), text);
  console.log(`Wrote ${path}`);
}
