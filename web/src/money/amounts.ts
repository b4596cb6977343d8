/** Ten thousandths hold every currency's decimals, so that sums are of whole numbers. */
const PARTS = 10_000;

/** Exact as long as amounts stay below 2⁵³ parts. */
export function timesQuantity(price: number, quantity: number): number {
  return (Math.round(price * PARTS) * quantity) / PARTS;
}

export function sumOf(
  lines: readonly { readonly price: number; readonly quantity: number }[],
): number {
  const parts = lines.reduce((sum, { price, quantity }) => {
    return sum + Math.round(price * PARTS) * quantity;
  }, 0);
  return parts / PARTS;
}

/** How many decimals an amount has, at most four. */
export function decimalsOf(amount: number): number {
  const [, decimals = ''] = String(Math.round(amount * PARTS) / PARTS).split('.');
  return decimals.length;
}
