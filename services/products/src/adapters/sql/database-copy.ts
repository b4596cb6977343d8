import { sql, type CopiedTable, type DatabaseCopy, type NamedRow } from '@anaquel/runtime/sql';
import { holdWebhookChanges, webhookTableCopies } from '@anaquel/webhooks/tables';
import { TEXT_FORM } from '../../domain/search-text.ts';

/** One row that migrations make; SQLite's name for its key is a reserved word on PostgreSQL. */
function singleRow(name: string, order: string, onSqlite: NamedRow = {}): CopiedTable {
  const own = { sqlite: { only: 1, ...onSqlite }, postgres: { only_row: 1 } };
  return { name, order, own, isSeeded: true };
}

/** No product has the version 0: texts of another form are derived again. */
function withoutForm({ text_form: form, ...row }: NamedRow): NamedRow {
  return form === TEXT_FORM ? row : { ...row, folded_version: 0 };
}

/** How the catalogue moves between SQLite and PostgreSQL. */
export const databaseCopy: DatabaseCopy = {
  tables: [
    {
      name: 'products',
      order: 'id',
      // On SQLite the shop has one form for all.
      own: { postgres: { text_form: TEXT_FORM } },
      withoutOwn: { postgres: withoutForm },
    },
    { name: 'product_barcodes', order: 'barcode' },
    { name: 'product_pictures', order: 'id' },
    // Of at most 2.8 MB each.
    { name: 'product_picture_contents', order: 'id', rowsASlice: 10 },
    { name: 'product_changes', order: 'position' },
    { name: 'product_words', order: 'word, product_id' },
    { name: 'word_endings', order: 'ending, word' },
    // On SQLite triggers have counted what came. They know no order of tags.
    { name: 'product_tags', order: 'tag, visibility', isSeeded: true },
    { name: 'product_counts', order: 'status', isSeeded: true },
    { name: 'relay_cursors', order: 'relay', isSeeded: true },
    ...webhookTableCopies,
    singleRow('log_head', 'position'),
    singleRow('log', 'id'),
    singleRow('shop', 'id', { text_form: TEXT_FORM }),
  ],
  uncopied: { sqlite: [], postgres: ['product_ids', 'leases'] },
  numbers: [
    {
      // The highest id that was given out: none may come again.
      read: {
        sqlite: sql`select coalesce(max(seq), 0) from sqlite_sequence where name = 'products'`,
        postgres: sql`select latest from product_ids`,
      },
      write: {
        sqlite: (id) => [
          sql`delete from sqlite_sequence where name = 'products'`,
          sql`insert into sqlite_sequence (name, seq) values ('products', ${id})`,
        ],
        postgres: (id) => [sql`update product_ids set latest = ${id}`],
      },
    },
    {
      // What an earlier release derived is known by its form.
      read: {
        sqlite: sql`select text_form from shop`,
        postgres: sql`select cast(${TEXT_FORM} as bigint)`,
      },
      write: {
        sqlite: () => [],
        postgres: (form) => [
          sql`update products set text_form = ${form} where text_form <> ${form}`,
        ],
      },
    },
  ],
  // Without it PostgreSQL knows nothing of the tables until autovacuum comes, a minute later.
  finish: { sqlite: [], postgres: [sql`analyze`] },
  holdWrites: [
    sql`select position from log_head for update`,
    sql`select epoch from leases for update`,
    holdWebhookChanges,
  ],
};
