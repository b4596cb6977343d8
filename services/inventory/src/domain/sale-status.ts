import type { Command } from './command.ts';
import type { SaleKnowledge } from './sale-knowledge.ts';

/** Which products are for sale, as far as a command knows. */
export interface SaleStatus {
  knows(productId: number): boolean;
  /** True also when it doesn't know: then the product is among `unknown`. */
  isForSale(productId: number): boolean;
  /** The products it was asked about in vain, since this was called last. */
  takeUnknown(): readonly number[];
}

/** Of the products that a command sells or holds it knows that they are for sale. */
export function saleStatusOf(command: Command): SaleStatus {
  let known: ((productId: number) => boolean | null) | null = null;
  const unknown = new Set<number>();

  function answerOf(productId: number): boolean | null {
    if (takes(command, productId)) return true;
    known ??= reader(command.sale);
    return known(productId);
  }

  return {
    knows: (productId) => answerOf(productId) !== null,
    isForSale(productId) {
      const answer = answerOf(productId);
      if (answer === null) unknown.add(productId);
      return answer ?? true;
    },
    takeUnknown() {
      if (unknown.size === 0) return NONE;
      const taken = [...unknown];
      unknown.clear();
      return taken;
    },
  };
}

const NONE: readonly number[] = [];

function takes(command: Command, productId: number): boolean {
  if (command.type === 'purchase') return hasLine(command.purchase.lines, productId);
  return command.type === 'reserve' && hasLine(command.reservation.lines, productId);
}

function hasLine(lines: readonly { readonly productId: number }[], productId: number): boolean {
  return lines.some((line) => line.productId === productId);
}

function reader({ forSale, notForSale }: SaleKnowledge): (productId: number) => boolean | null {
  const not = new Set(notForSale);
  if (forSale === 'others') return (productId) => !not.has(productId);
  const are = new Set(forSale);
  return (productId) => {
    if (not.has(productId)) return false;
    return are.has(productId) ? true : null;
  };
}
