import { createTimeOrderedIds, type Clock } from '@anaquel/runtime';
import type { Command, Outcome, Refusal } from '../domain/command.ts';
import { recordKey, replay } from '../domain/idempotency-record.ts';
import { fingerprintOf, standsFor } from './fingerprint.ts';
import type { LedgerReader } from './ledger.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { notForSaleIn, takesDown } from './not-for-sale.ts';
import type { ProductCatalogue } from './product-catalogue.ts';
import type { Requester } from './requester.ts';

/**
 * Why a request was refused: by the ledger's rules, or before it got there. `step` is the line,
 * from 0.
 */
export type RequestRefusal =
  | Refusal
  | { readonly type: 'product-not-found'; readonly step: number; readonly productId: number }
  | { readonly type: 'product-not-active'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'price-changed';
      readonly step: number;
      readonly productId: number;
      /** The product's, which is active. */
      readonly name: string;
      /** In major units. */
      readonly price: number;
      readonly currency: string;
    }
  | { readonly type: 'mixed-currencies'; readonly step: number; readonly currency: string }
  | { readonly type: 'total-too-large' }
  | { readonly type: 'catalogue-unavailable' };

export type RequestOutcome =
  | (Outcome & { ok: true })
  | { readonly ok: false; readonly refusals: readonly RequestRefusal[] };

/**
 * One kind of request. Idempotency keys of different operations never meet; canonical and classic
 * routes share them.
 */
export type Operation =
  | 'purchase'
  | 'movement'
  | 'start-tracking'
  | 'update-inventory'
  | 'stock-operations'
  | 'reserve'
  | 'update-reservation'
  | 'release-reservation';

export interface Intent {
  readonly operation: Operation;
  /**
   * What the request asks for, as parsed: what two requests with one key are compared by. Holds no
   * price.
   */
  readonly request: object;
  readonly requester: Requester;
  /** The products that `prepare` asks Products about. */
  readonly asksAbout: readonly number[];
  /**
   * What else the request has to fulfil as things stand; throws when it doesn't. Runs only when the
   * key is new, before `prepare`.
   */
  readonly check?: (() => Promise<void>) | undefined;
  /**
   * Turns the request into the steps of a command, asking whom it must. Runs only when the key is
   * new, so a retry is answered even when Products is down.
   */
  prepare(): Promise<
    | (Pick<Command, 'steps'> &
        Partial<Pick<Command, 'purchase' | 'reservation' | 'holdLimits' | 'tellsEachStep'>>)
    | { readonly refusals: readonly RequestRefusal[] }
  >;
}

/**
 * The way of every change: look for the first outcome before anyone is asked, prepare, and let the
 * ledger decide.
 */
export type SubmitCommand = (intent: Intent) => Promise<RequestOutcome>;

export function createSubmitCommand(ports: {
  readonly reader: Pick<LedgerReader, 'record' | 'level'>;
  readonly writer: Pick<LedgerWriter, 'submit'>;
  readonly catalogue: Pick<ProductCatalogue, 'knows' | 'lookUp'>;
  readonly clock: Clock;
}): SubmitCommand {
  const { reader, writer, catalogue, clock } = ports;
  const newId = createTimeOrderedIds();
  /** The keys of requests that are being carried out. */
  const underWay = new Map<string, Promise<RequestOutcome>>();

  async function carryOut(
    intent: Intent,
    idempotency: Idempotency | null,
  ): Promise<RequestOutcome> {
    // Where nobody has to be asked, the look that the ledger takes inside its transaction is
    // enough.
    const asksNobody = !intent.check && catalogue.knows(intent.asksAbout);
    const earlier = asksNobody ? null : await findOutcome(idempotency);
    if (earlier) return earlier;
    await intent.check?.();
    const prepared = await intent.prepare();
    if ('refusals' in prepared)
      return (await findOutcome(idempotency)) ?? { ok: false, refusals: prepared.refusals };
    const lowers = prepared.steps.some(takesDown);
    const replayed = lowers && asksNobody ? await findOutcome(idempotency) : null;
    if (replayed) return replayed;
    const notForSale = lowers ? await notForSaleIn(prepared.steps, { reader, catalogue }) : [];
    const at = clock();
    const outcome = await writer.submit({
      id: newId(at),
      caller: intent.requester.caller,
      actor: intent.requester.actor,
      at: at.toISOString(),
      idempotency,
      purchase: null,
      reservation: null,
      ...prepared,
      ...(notForSale.length > 0 && { notForSale }),
    });
    // What is refused now may have been carried out before, by another process meanwhile, or under
    // an older fingerprint.
    return mayBeKnown(outcome) ? ((await findOutcome(idempotency)) ?? outcome) : outcome;
  }

  async function findOutcome(idempotency: Idempotency | null): Promise<RequestOutcome | null> {
    const record = idempotency && (await reader.record(idempotency.scope, idempotency.key));
    if (!record) return null;
    const { fingerprint } = standsFor(record, idempotency.fingerprint) ? idempotency : record;
    return replay({ ...record, fingerprint }, { idempotency });
  }

  return async (intent) => {
    const idempotency = idempotencyOf(intent);
    if (!idempotency) return carryOut(intent, null);
    // A copy waits for the first, or it could be refused for what changed since, although the first
    // one is about to sell.
    const name = recordKey(idempotency.scope, idempotency.key);
    for (let first = underWay.get(name); first; first = underWay.get(name)) {
      const outcome = await first;
      // What stopped the first stops its copies: they must not spend the time budget once more, one
      // after the other.
      if (isPassing(outcome)) return outcome;
    }
    const outcome = carryOut(intent, idempotency).finally(() => underWay.delete(name));
    underWay.set(name, outcome);
    return outcome;
  };
}

/** Refusals that say nothing of the request, only of the moment. */
const PASSING: ReadonlySet<RequestRefusal['type']> = new Set([
  'catalogue-unavailable',
  'overloaded',
  'ledger-unavailable',
]);

function isPassing(outcome: RequestOutcome): boolean {
  return !outcome.ok && outcome.refusals.some(({ type }) => PASSING.has(type));
}

/**
 * The ledger compares fingerprints as this release takes them, and looks at none while it cannot
 * write.
 */
function mayBeKnown(outcome: RequestOutcome): boolean {
  const isReused =
    !outcome.ok && outcome.refusals.some(({ type }) => type === 'idempotency-key-reused');
  return isReused || isPassing(outcome);
}

type Idempotency = NonNullable<Command['idempotency']>;

function idempotencyOf({ operation, request, requester }: Intent): Idempotency | null {
  if (requester.idempotencyKey === null) return null;
  return {
    scope: `${requester.caller} ${operation}`,
    key: requester.idempotencyKey,
    fingerprint: fingerprintOf(request),
  };
}
