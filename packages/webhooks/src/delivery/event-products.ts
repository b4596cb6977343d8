import type { CloudEvent } from '@anaquel/events';

/**
 * The products that an event is about: those of its lines, or else its subject. An event that is
 * about something else gets its subject too, so that what is about the same thing keeps its order.
 */
export function productsOf({ subject, data }: CloudEvent): readonly string[] {
  const lines: unknown = 'lines' in data ? data.lines : undefined;
  if (!Array.isArray(lines)) return [subject];
  const products = new Set(lines.flatMap(productOfLine));
  return products.size > 0 ? [...products] : [subject];
}

function productOfLine(line: unknown): string[] {
  const isLine = typeof line === 'object' && line !== null && 'productId' in line;
  return isLine && typeof line.productId === 'string' ? [line.productId] : [];
}
