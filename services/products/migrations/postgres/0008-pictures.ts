import { sql, type Kysely } from 'kysely';

/**
 * Pictures by the SHA-256 of their bytes, their contents as Base64 in a table of their own. Since
 * when no product shows one is null while one does, as far as the upkeep knows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE product_pictures (
    id TEXT COLLATE "C" PRIMARY KEY,
    type TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    unused_since TEXT COLLATE "C"
  )`.execute(db);
  await sql`CREATE TABLE product_picture_contents (
    id TEXT COLLATE "C" PRIMARY KEY REFERENCES product_pictures (id) ON DELETE CASCADE,
    content TEXT COLLATE "C" NOT NULL
  )`.execute(db);
  // A picture is packed already: to try it again would only take time.
  await sql`ALTER TABLE product_picture_contents ALTER COLUMN content SET STORAGE EXTERNAL`.execute(
    db,
  );
  await sql`CREATE INDEX products_image_url ON products (image_url)
    WHERE image_url IS NOT NULL`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP INDEX products_image_url`.execute(db);
  await sql`DROP TABLE product_picture_contents`.execute(db);
  await sql`DROP TABLE product_pictures`.execute(db);
}
