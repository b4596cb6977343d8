/**
 * The products that were chosen for the page, by their ids. They stand in the state of its entry in
 * the history: an address has no room for a thousand, and a reload keeps them.
 */
export function chosenProducts(): readonly string[] {
  const { products } = (history.state ?? {}) as Readonly<Record<string, unknown>>;
  return Array.isArray(products) ? products.map(String) : [];
}
