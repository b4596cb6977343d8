import { DatabaseSync } from 'node:sqlite';

/** A day on which a filled ledger has 1,000 purchases, whatever it has of other days. */
export const FILLED_DAY = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
export const SALES_OF_DAY = 1_000;
export const SALE_EVERY_MS = 86_400_000 / SALES_OF_DAY;

// Databases of a given size, written straight into the tables: through the API it would take longer
// than what is measured.

/**
 * Adds active products until there are `count`, all alike but for name, SKU and price, with their
 * words: while the service makes those, a search is not what it is afterwards.
 */
export function fillProducts(file: string, count: number): void {
  const database = new DatabaseSync(file);
  database.exec(`
    INSERT INTO products (sku, name, price_minor, currency, status, tags, version, created_at, updated_at,
        name_sort, price_sort, search_text, folded_version)
      WITH RECURSIVE n (i) AS (SELECT (SELECT count(*) + 1 FROM products) UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT 'SKU-' || i, 'Product ' || i, 100 + i % 5000, 'USD', 'active', '[]', 1, '2026-01-01T00:00:00.000Z',
        '2026-01-01T00:00:00.000Z', 'product ' || i, (100 + i % 5000) * 100, 'product ' || i || ' sku-' || i, 1 FROM n WHERE i <= ${count};
    INSERT OR IGNORE INTO product_words (word, product_id)
      SELECT value, products.id FROM products, json_each('["' || replace(search_text, ' ', '","') || '"]');
    INSERT OR IGNORE INTO word_endings (ending, word)
      WITH RECURSIVE part (ending, word) AS (SELECT DISTINCT word, word FROM product_words
        UNION ALL SELECT substr(ending, 2), word FROM part WHERE length(ending) > 1)
      SELECT ending, word FROM part`);
  database.exec('ANALYZE');
  settle(database);
}

/**
 * Gives products 1 to `products` a level of a hundred million units, explained by movements that
 * add up to `movements`, and sold as many purchases as a tenth of them: {@link SALES_OF_DAY} on the
 * day of {@link FILLED_DAY}, the others on days before.
 */
export function fillLedger(file: string, products: number, movements: number): void {
  const database = new DatabaseSync(file);
  const stock = 100_000_000;
  const rounds = Math.ceil(movements / products);
  database.exec(`
    DELETE FROM purchases;
    DELETE FROM movements;
    DELETE FROM levels;
    INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta,
        on_hand_after, reserved_after, purchase_id, reason, actor, at)
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rounds * products - 1})
      SELECT i + 1, i % ${products} + 1, 'main', i / ${products} + 1, 'receipt',
        CASE WHEN i < ${products} THEN ${stock} ELSE 1 END, 0, ${stock} + i / ${products}, 0, NULL, NULL, 'bench',
        '2026-01-01T00:00:00.000Z' FROM n;
    INSERT INTO levels (product_id, location, on_hand, reserved, low_stock_threshold, sequence, version, updated_at)
      WITH RECURSIVE p (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM p WHERE i < ${products})
      SELECT i, 'main', ${stock} + ${rounds - 1}, 0, NULL, ${rounds}, ${rounds}, '2026-01-01T00:00:00.000Z' FROM p;
    INSERT INTO purchases (id, number, reference, currency, currency_decimals, total, lines, owner, actor, at,
        first_position, last_position)
      WITH RECURSIVE n (i, ms) AS (SELECT 1, ${firstSaleMs(movements)}
        UNION ALL SELECT i + 1, ms + ${SALE_EVERY_MS} FROM n WHERE i < ${movements / 10})
      SELECT printf('%08x-%04x-7000-8000-%012d', ms >> 16, ms & 65535, i), i, NULL, 'USD', 2, 150,
        '[{"productId":' || (i % ${products} + 1) || ',"quantity":1,"name":"Product","sku":null,"unitPrice":150,"priceAsOf":"","availableAfter":1}]',
        'bench', 'bench', strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch'), i, i FROM n;
    -- Else the relay would first publish all of that.
    INSERT OR REPLACE INTO relay_cursors VALUES ('console', ${rounds * products})`);
  settle(database);
}

/** When the first of the purchases was made, so that the last ones fill the day. */
export function firstSaleMs(movements: number): number {
  return Date.parse(FILLED_DAY.to) - (movements / 10) * SALE_EVERY_MS;
}

/** Leaves nothing for the measured service to write down. */
function settle(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
