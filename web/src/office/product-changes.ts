import {
  isRefusedFor,
  type Api,
  type ApiError,
  type Level,
  type Product,
  type ProductInput,
  type Result,
  type Versioned,
} from '../api/index.ts';

/** A product as it was seen, with what is to become of it. */
export interface ProductChange {
  readonly product: Product;
  readonly input: ProductInput;
  /** Of its low-stock threshold; null is none. */
  readonly threshold?: { readonly before: number | null; readonly after: number | null };
}

export type ChangeOutcome =
  | { readonly state: 'saved'; readonly change: ProductChange; readonly saved: Product }
  /** Others have changed the same meanwhile: nothing was overwritten. */
  | { readonly state: 'changed-by-others'; readonly change: ProductChange }
  | { readonly state: 'refused'; readonly change: ProductChange; readonly error: ApiError };

/** So many products are saved at a time. */
const AT_ONCE = 4;
/** Changes that others make beside these are read again so often. */
const ATTEMPTS = 3;

type Calls = Pick<Api, 'product' | 'updateProduct' | 'level' | 'countStock'>;

/**
 * Saves changes of many products, each as a compare-and-set: only where what is changed is as it
 * was seen. Answers what became of each, in their order; `onDone` hears how many there are so far.
 */
export async function saveChanges(
  api: Calls,
  changes: readonly ProductChange[],
  onDone: (count: number) => void = () => {},
): Promise<ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = [];
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    for (let at = next++; at < changes.length; at = next++) {
      const change = changes[at];
      if (change) outcomes[at] = await saveOne(api, change);
      onDone((done += 1));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

/** What takes back what was saved. */
export function undoOf(outcomes: readonly ChangeOutcome[]): ProductChange[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.state !== 'saved') return [];
    const { product, input, threshold } = outcome.change;
    return [
      {
        product: outcome.saved,
        input: pick(product, input),
        ...(threshold && { threshold: { before: threshold.after, after: threshold.before } }),
      },
    ];
  });
}

async function saveOne(api: Calls, change: ProductChange): Promise<ChangeOutcome> {
  const product = await saveProduct(api, change);
  if (product.state !== 'saved' || change.threshold === undefined) return product;
  return saveThreshold(api, change, product);
}

async function saveProduct(api: Calls, change: ProductChange): Promise<ChangeOutcome> {
  const { product, input } = change;
  if (Object.keys(input).length === 0) return { state: 'saved', change, saved: product };
  return compareAndSet<Product>(change, {
    read: () => api.product(product.id),
    isAsSeen: (now) => isSame(pick(now, input), pick(product, input)),
    write: (etag) => api.updateProduct(product.id, input, etag),
    saved: ({ value }) => value,
  });
}

async function saveThreshold(
  api: Calls,
  change: ProductChange,
  { saved }: { readonly saved: Product },
): Promise<ChangeOutcome> {
  const { before = null, after = null } = change.threshold ?? {};
  return compareAndSet<Level>(change, {
    read: () => api.level(saved.id),
    isAsSeen: ({ lowStockThreshold }) => lowStockThreshold === before,
    write: (etag) => api.countStock(saved.id, { lowStockThreshold: after }, etag),
    saved: () => saved,
  });
}

interface Comparison<Value> {
  readonly read: () => Promise<Result<Versioned<Value>>>;
  readonly isAsSeen: (now: Value) => boolean;
  readonly write: (etag: string | null) => Promise<Result<Versioned<Value>>>;
  readonly saved: (answer: Versioned<Value>) => Product;
}

async function compareAndSet<Value>(
  change: ProductChange,
  { read, isAsSeen, write, saved }: Comparison<Value>,
): Promise<ChangeOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const now = await read();
    if (!now.ok) return { state: 'refused', change, error: now.error };
    if (!isAsSeen(now.value.value)) return { state: 'changed-by-others', change };
    const result = await write(now.value.etag);
    if (result.ok) return { state: 'saved', change, saved: saved(result.value) };
    const isStale = isRefusedFor(result.error, 'precondition-failed');
    if (!isStale || attempt === ATTEMPTS) return { state: 'refused', change, error: result.error };
  }
}

/** The members of a product that an input has, too. */
function pick(product: Product, input: ProductInput): ProductInput {
  return Object.fromEntries(Object.entries(product).filter(([name]) => Object.hasOwn(input, name)));
}

function isSame(one: ProductInput, other: ProductInput): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
