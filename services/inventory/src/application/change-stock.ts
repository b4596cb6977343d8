import type { Step, StepResult } from '../domain/command.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import { movementStep, needsProduct, type MovementRequest } from './record-movement.ts';
import type { Requester } from './requester.ts';
import { trackingStep, type TrackingRequest } from './start-tracking.ts';
import type { RequestRefusal, SubmitCommand } from './submit-command.ts';
import { inventorySteps, type InventoryUpdate } from './update-inventory.ts';

export type StockChange =
  | { readonly type: 'movement'; readonly request: MovementRequest }
  | { readonly type: 'tracking'; readonly request: TrackingRequest }
  | { readonly type: 'update'; readonly request: InventoryUpdate };

export type StockChangesOutcome =
  /** One result for each change, at its place. */
  | { readonly ok: true; readonly results: readonly StepResult[]; readonly replayed: boolean }
  /** `step` is the place of the change. */
  | { readonly ok: false; readonly refusals: readonly RequestRefusal[] };

/**
 * Carries out all changes in their order, or none: they are one command of the ledger. At most
 * 1,000, and at least one.
 */
export async function changeStock(
  ports: { readonly submitCommand: SubmitCommand; readonly catalogue: ProductCatalogue },
  changes: readonly StockChange[],
  requester: Requester,
  check?: () => Promise<void>,
): Promise<StockChangesOutcome> {
  const steps = changes.map(stepsOf);
  /** Of each step, the place of its change. */
  const places = steps.flatMap((own, place) => own.map(() => place));
  const asked = firstAsked(changes);
  const outcome = await ports.submitCommand({
    operation: 'stock-operations',
    request: { changes },
    requester,
    check,
    asksAbout: [...asked.keys()],
    async prepare() {
      const refusals = await unknownProducts(ports.catalogue, asked, places);
      return refusals.length > 0 ? { refusals } : { steps: steps.flat(), tellsEachStep: true };
    },
  });
  if (!outcome.ok) {
    const refusals = outcome.refusals.map((refusal) =>
      'step' in refusal ? { ...refusal, step: places[refusal.step] ?? 0 } : refusal,
    );
    return { ok: false, refusals };
  }
  const { result, replayed } = outcome;
  if (result.type !== 'changes') throw new Error('Changes of stock were not told one by one');
  let last = -1;
  const results = steps.map(({ length }) => {
    last += length;
    const told = result.changes[last];
    if (!told) throw new Error('A change of stock left no result');
    return told;
  });
  return { ok: true, results, replayed };
}

function stepsOf(change: StockChange): Step[] {
  switch (change.type) {
    case 'movement':
      return [movementStep(change.request)];
    case 'tracking':
      return [trackingStep(change.request)];
    case 'update':
      return inventorySteps(change.request, { expectedVersions: null, startTracking: false });
  }
}

/** The products that Products must know, each with the place of the first change that needs it. */
function firstAsked(changes: readonly StockChange[]): Map<number, number> {
  const places = new Map<number, number>();
  for (const [place, { type, request }] of changes.entries()) {
    const asks = type === 'tracking' || (type === 'movement' && needsProduct(request));
    if (asks && !places.has(request.productId)) places.set(request.productId, place);
  }
  return places;
}

async function unknownProducts(
  catalogue: ProductCatalogue,
  asked: ReadonlyMap<number, number>,
  places: readonly number[],
): Promise<RequestRefusal[]> {
  const ids = [...asked.keys()];
  const answers = ids.length > 0 ? await catalogue.lookUp(ids) : [];
  if (answers.some(({ type }) => type === 'unavailable'))
    return [{ type: 'catalogue-unavailable' }];
  return [...asked].flatMap(([productId, place], index): RequestRefusal[] => {
    if (answers[index]?.type === 'found') return [];
    return [{ type: 'product-not-found', step: places.indexOf(place), productId }];
  });
}
