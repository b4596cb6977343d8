import { column, rowCodec, select, sql } from '@anaquel/runtime/sql';
import type { CommitStatements, SqlReads } from '@anaquel/runtime/sql';
import type { Pictures, SweepPictures } from '../../application/pictures.ts';
import { picturePath, type Picture } from '../../domain/picture.ts';

export interface PictureDatabase {
  readonly reads: SqlReads;
  /**
   * Rejects with an error whose `statusCode` is 503 when nothing was written, and with
   * `CommitOutcomeUnknownError` when that is unknown.
   */
  readonly commit: CommitStatements;
}

/** Each takes a row, however small it is. */
const MOST_PICTURES = 100_000;

const PICTURE = rowCodec<Picture>({
  id: column('id'),
  type: column('type'),
  bytes: column('bytes'),
});

/**
 * The pictures of products in the service's database, whichever kind that is: what backups and
 * copies have of products, they have of their pictures. Contents have a table of their own, so that
 * no other query passes through them.
 */
export function createPictures({ reads, commit }: PictureDatabase): Pictures {
  return {
    async keep({ id, type, bytes }, content, at, mostBytes) {
      const [kept = []] = await commit([
        sql`insert into product_pictures (id, type, bytes, unused_since)
          select ${id}, ${type}, cast(${bytes} as bigint), ${at}
          where exists (select 1 from product_pictures where id = ${id})
            or ((select coalesce(sum(bytes), 0) from product_pictures)
                <= cast(${mostBytes - bytes} as bigint)
              and (select count(*) from product_pictures) < ${MOST_PICTURES})
          on conflict (id) do update set unused_since = excluded.unused_since
          returning id`,
        sql`insert into product_picture_contents (id, content)
          select id, ${content} from product_pictures where id = ${id}
          on conflict (id) do nothing`,
      ]);
      return kept.length > 0;
    },
    find: async (id) => reads.first(select(PICTURE)`from product_pictures where id = ${id}`),
    async findContent(id) {
      const picture = await reads.first(select(PICTURE)`from product_pictures where id = ${id}`);
      const [row] = await reads.rows(
        sql`select content from product_picture_contents where id = ${id}`,
      );
      return picture && row && { ...picture, content: String(row[0]) };
    },
  };
}

const [BEFORE_ID, AFTER_ID] = picturePath('|').split('|') as [string, string];
const IS_SHOWN = sql`exists (
  select 1 from products where deleted_at is null
    and image_url = ${BEFORE_ID} || product_pictures.id || ${AFTER_ID}
)`;

export function createPictureSweep(commit: CommitStatements): SweepPictures {
  return async (now, before) => {
    await commit([
      sql`update product_pictures set unused_since = null
        where unused_since is not null and ${IS_SHOWN}`,
      sql`update product_pictures set unused_since = ${now}
        where unused_since is null and not ${IS_SHOWN}`,
      // Their contents go with them.
      sql`delete from product_pictures where unused_since < ${before}`,
    ]);
  };
}
