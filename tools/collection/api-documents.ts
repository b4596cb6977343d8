import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '../../services/manifest.ts';
import { migrateUp } from '../open-migrations.ts';
import type { OpenApiDocument } from '../openapi-document.ts';
import { readConfigOf } from '../service-configs.ts';
import { projectFolder, readSettings } from '../settings.ts';

interface ServiceModule {
  createService(config: unknown): Promise<{
    app: { ready(): PromiseLike<unknown>; openApiDocument(): Promise<OpenApiDocument> };
    close(): Promise<void>;
  }>;
}

/** The OpenAPI documents of both services as their sources are now, by empty databases. */
export async function readApiDocuments(): Promise<Record<ServiceName, OpenApiDocument>> {
  const folder = await mkdtemp(join(tmpdir(), 'anaquel-collection-'));
  try {
    const documents = {} as Record<ServiceName, OpenApiDocument>;
    for (const name of serviceNames) documents[name] = await readApiDocument(name, folder);
    return documents;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readApiDocument(name: ServiceName, folder: string): Promise<OpenApiDocument> {
  const place = readSettings({ DATA_DIR: folder }).services[name];
  await migrateUp(name, place);
  const readConfig = await readConfigOf(name);
  const { createService }: ServiceModule = await import(
    join(projectFolder, 'services', name, 'src', 'service.ts')
  );
  const service = await createService(
    readConfig(
      {
        DATABASE_URL: place.databaseUrl,
        LOG_LEVEL: 'silent',
        PRODUCTS_API_KEY: 'never-sent-to-anybody',
        INVENTORY_API_KEY: 'never-sent-to-anybody',
      },
      folder,
    ),
  );
  try {
    await service.app.ready();
    return await service.app.openApiDocument();
  } finally {
    await service.close();
  }
}
