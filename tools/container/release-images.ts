import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker } from './docker.ts';
import { processes } from './shop.ts';

/** A release that differs from an earlier one by a migration of Inventory. */
interface NextRelease {
  /** The images that are made; the others stay those of the version. */
  readonly images: readonly string[];
  readonly version: string;
  readonly next: string;
  /** Whether the release before can't read what the migration makes. */
  readonly contract: boolean;
}

/** Makes the images of a later release out of those that there are. */
export async function deriveImages(
  { images, version, next, contract }: NextRelease,
  folder: string,
): Promise<void> {
  const context = mkdtempSync(join(folder, 'release-'));
  const table = contract ? 'takes_away' : 'adds';
  const name = contract ? '9999-takes-away.ts' : '9998-adds.ts';
  writeFileSync(
    join(context, name),
    `import { sql, type Kysely } from 'kysely';
export const contract = ${contract};
export async function up(db: Kysely<unknown>) {
  await sql\`create table ${table} (id integer primary key)\`.execute(db);
}
export async function down(db: Kysely<unknown>) {
  await sql\`drop table ${table}\`.execute(db);
}
`,
  );
  writeFileSync(
    join(context, 'Dockerfile'),
    `ARG IMAGE
FROM $IMAGE
COPY ${name} services/inventory/migrations/sqlite/
COPY ${name} services/inventory/migrations/postgres/
LABEL org.opencontainers.image.version=${next}
`,
  );
  for (const image of images) {
    const [from, to] = [version, next].map((tag) => `anaquel/${image}:${tag}`);
    await docker(['build', '--build-arg', `IMAGE=${from}`, '--tag', `${to}`, context]);
  }
}

export async function removeImages(versions: readonly string[]): Promise<void> {
  for (const version of versions)
    for (const name of [...processes, 'test', 'postgres'])
      await docker(['image', 'rm', '--force', `anaquel/${name}:${version}`]).catch(() => {});
}
