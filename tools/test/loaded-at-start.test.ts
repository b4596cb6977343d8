import { globSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { processNames } from '../../services/manifest.ts';
import { sourceOf } from '../build-services.ts';
import { projectFolder } from '../settings.ts';

/** Of what takes long to load and is not always needed. */
const LATER = /^(kysely|pg|amqplib|ioredis|jose|@fastify\/swagger(-ui)?|@opentelemetry\/.*)($|\/)/;

/** The packages that a service or one of its threads loads before anybody asks for anything. */
async function packagesLoadedBy(source: string): Promise<string[]> {
  const build = await rolldown({
    input: join(projectFolder, source),
    platform: 'node',
    external: (id) => !/^(\.|\/|@anaquel\/)/.test(id),
  });
  // Each import() begins a chunk of its own, and what is external stays among the imports.
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  const chunks = new Map(
    output.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one]] : [])),
  );
  const loaded = new Set<string>(output[0].imports);
  for (const name of loaded)
    for (const imported of chunks.get(name)?.imports ?? []) loaded.add(imported);
  return [...loaded].filter((name) => !chunks.has(name));
}

test.each(processNames)(
  '%s loads no migrations, drivers, clients of brokers, docs or traces until they are needed',
  async (service) => {
    const packages = await packagesLoadedBy(sourceOf(service));
    expect(packages).toContain('fastify');
    expect(packages.filter((name) => LATER.test(name))).toEqual([]);
  },
);

test.each(globSync('services/*/src/**/*-worker.ts', { cwd: projectFolder }))(
  '%s, a thread, loads no package: each one is there once more for it',
  async (source) => {
    const packages = await packagesLoadedBy(source);
    expect(packages.filter((name) => !isBuiltin(name))).toEqual([]);
  },
);
