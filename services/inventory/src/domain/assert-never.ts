/**
 * For the `default` of a switch that handles every variant. A variant without a case is a compiler
 * error that names it.
 */
export function assertNever(variant: never): never {
  throw new Error(`Nothing handles ${JSON.stringify(variant)}`);
}
