/**
 * As much of ohash as Nuxt UI's links need: they compare queries of addresses, whose members are
 * texts.
 */
export function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function diff(): [] {
  return [];
}
