import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalBarcode } from '../domain/barcode.ts';
import type { Product, ProductInput, ProductProblem } from '../domain/product.ts';
import type { Moment } from './author-of.ts';
import { createProduct } from './create-product.ts';
import { deleteProduct } from './delete-product.ts';
import type {
  Decision,
  Outcome,
  ProductChanges,
  ProductStore,
  StoreFailure,
  Subject,
} from './product-store.ts';
import { updateProduct, type VersionMismatch } from './update-product.ts';

/** A product by its id, or the one that the operation at a place before creates. */
export type ProductTarget = { readonly id: number } | { readonly createdBy: number };

export type ProductOperation =
  | { readonly type: 'create'; readonly input: ProductInput & { name: string; price: number } }
  | { readonly type: 'update'; readonly target: ProductTarget; readonly input: ProductInput }
  | { readonly type: 'delete'; readonly target: ProductTarget };

/** Why one operation cannot be; those before it were fine, and have not happened. */
export interface OperationFailure {
  readonly type: 'operation-failed';
  /** Its place, from 0. */
  readonly operation: number;
  readonly error: ProductProblem | VersionMismatch | StoreFailure;
}

interface Ports extends Moment {
  readonly store: ProductStore;
  readonly defaultCurrency: string;
}

/** How many operations are carried out before others have their turn: some milliseconds. */
const OPERATIONS_A_TURN = 10;

/**
 * Carries out all operations in their order, or none. Gives the product that each one leaves, null
 * for a deletion. What is read meanwhile is answered, without anything of them.
 */
export async function changeProducts(
  ports: Ports,
  operations: readonly ProductOperation[],
  actor: string,
): Promise<Outcome<readonly (Product | null)[], OperationFailure | StoreFailure>> {
  const { store, defaultCurrency, traceparent } = ports;
  // They happen at once.
  const now = ports.clock();
  return store.transact(subjectOf(operations), async (changes) => {
    const within = { store: changes, clock: () => now, traceparent, defaultCurrency };
    const products: (Product | null)[] = [];
    for (const [index, operation] of operations.entries()) {
      if (index > 0 && index % OPERATIONS_A_TURN === 0) await nextTurn();
      const outcome = await carryOut(operation, products, within, actor);
      if (!outcome.ok)
        return {
          ok: false,
          error: { type: 'operation-failed', operation: index, error: outcome.error },
        };
      products.push(operation.type === 'delete' ? null : outcome.value);
    }
    return { ok: true, value: products };
  });
}

function subjectOf(operations: readonly ProductOperation[]): Subject {
  const ids = new Set<number>();
  const skus = new Set<string>();
  const barcodes = new Set<string>();
  let additions = 0;
  for (const operation of operations) {
    if (operation.type === 'create') additions += 1;
    else if ('id' in operation.target) ids.add(operation.target.id);
    if (operation.type === 'delete') continue;
    if (operation.input.sku) skus.add(operation.input.sku);
    for (const barcode of operation.input.barcodes ?? []) barcodes.add(canonicalBarcode(barcode));
  }
  return { ids: [...ids], skus: [...skus], barcodes: [...barcodes], additions };
}

function carryOut(
  operation: ProductOperation,
  products: readonly (Product | null)[],
  ports: Omit<Ports, 'store'> & { readonly store: ProductChanges },
  actor: string,
): Promise<Decision<ProductProblem | VersionMismatch | StoreFailure>> {
  if (operation.type === 'create') return createProduct(ports, operation.input, actor);
  const { target } = operation;
  const id = 'id' in target ? target.id : products[target.createdBy]?.id;
  if (id === undefined) throw new Error('An operation is about what none before it creates');
  const author = { isExpected: () => true, actor };
  return operation.type === 'update'
    ? updateProduct(ports, id, { input: operation.input, ...author })
    : deleteProduct(ports, id, author);
}
