import { runOn } from '@anaquel/runtime/postgres-server';
import { firstSaleMs, SALE_EVERY_MS } from './fill.ts';
import { TEXT_FORM } from '../services/products/src/domain/search-text.ts';

// The same as fill.ts, in the tables of PostgreSQL.

/** Adds active products 1 to `count` to an empty database, with their words. */
export async function fillProducts(url: string, count: number): Promise<void> {
  await runOn(
    url,
    `INSERT INTO products (id, sku, name, price_minor, currency, status, tags, version, created_at, updated_at,
        name_sort, price_sort, search_text, folded_version, text_form)
      SELECT i, 'SKU-' || i, 'Product ' || i, 100 + i % 5000, 'USD', 'active', '[]', 1, '2026-01-01T00:00:00.000Z',
        '2026-01-01T00:00:00.000Z', 'product ' || i, (100 + i % 5000) * 100, 'product ' || i || ' sku-' || i, 1, ${TEXT_FORM}
      FROM generate_series(1, ${count}) AS i`,
    `INSERT INTO product_words (word, product_id)
      SELECT DISTINCT word, id FROM products, unnest(string_to_array(search_text, ' ')) AS word`,
    `INSERT INTO word_endings (ending, word)
      SELECT DISTINCT substr(word, start), word
      FROM (SELECT DISTINCT word FROM product_words) AS words, generate_series(1, length(word)) AS start`,
    `UPDATE product_ids SET latest = ${count}`,
    `UPDATE product_counts SET products = ${count} WHERE status = 'active'`,
    'VACUUM ANALYZE',
    'CHECKPOINT',
  );
}

/** Gives products 1 to `products` of an empty database a level, explained by `movements`. */
export async function fillLedger(url: string, products: number, movements: number): Promise<void> {
  const stock = 100_000_000;
  const rounds = Math.ceil(movements / products);
  await runOn(
    url,
    `INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta,
        on_hand_after, reserved_after, purchase_id, reservation_id, reason, made_low, actor, at)
      SELECT i + 1, i % ${products} + 1, 'main', i / ${products} + 1, 'receipt',
        CASE WHEN i < ${products} THEN ${stock} ELSE 1 END, 0, ${stock} + i / ${products}, 0, NULL, NULL, NULL, 0, 'bench',
        '2026-01-01T00:00:00.000Z'
      FROM generate_series(0, ${rounds * products - 1}) AS i`,
    `INSERT INTO levels (product_id, location, on_hand, reserved, low_stock_threshold, sequence, version, updated_at)
      SELECT i, 'main', ${stock} + ${rounds - 1}, 0, NULL, ${rounds}, ${rounds}, '2026-01-01T00:00:00.000Z'
      FROM generate_series(1, ${products}) AS i`,
    `INSERT INTO purchases (id, number, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position)
      SELECT substr(lpad(to_hex(ms), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(ms), 12, '0'), 9) || '-7000-8000-' || lpad(i::text, 12, '0'),
        i, 'USD', 2, 150,
        '[{"productId":' || (i % ${products} + 1) || ',"quantity":1,"name":"Product","sku":null,"unitPrice":150,"priceAsOf":"","availableAfter":1}]',
        'bench', 'bench', to_char(to_timestamp(ms / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), i, i
      FROM generate_series(1, ${movements / 10}) AS i,
        LATERAL (SELECT ${firstSaleMs(movements)} + (i - 1)::bigint * ${SALE_EVERY_MS} AS ms) AS made`,
    `UPDATE log_head SET position = ${rounds * products}, number = ${movements / 10}`,
    // Else the relay would first publish all of that.
    `INSERT INTO relay_cursors (relay, position) VALUES ('console', ${rounds * products})`,
    'VACUUM ANALYZE',
    'CHECKPOINT',
  );
}
