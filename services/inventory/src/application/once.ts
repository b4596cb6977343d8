import { createTimeOrderedIds, type Clock } from '@anaquel/runtime';
import type { Action, CommandHeader } from '../domain/command.ts';
import { outcomeOf, type CommandOutcome, type ResultOf } from '../domain/command-outcome.ts';
import { recordKey, replay } from '../domain/idempotency-record.ts';
import { fingerprintOf, standsFor } from './fingerprint.ts';
import type { LedgerReader } from './ledger.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import type { RequestOutcome, RequestRefusal } from './request-outcome.ts';
import type { Requester } from './requester.ts';

/**
 * The kinds of requests, each with the type of its command. Idempotency keys of different
 * operations never meet; canonical and classic routes share them.
 */
const COMMAND_TYPES = {
  purchase: 'purchase',
  movement: 'record-movement',
  'start-tracking': 'change-level',
  'update-inventory': 'change-level',
  'stock-operations': 'stock-list',
  reserve: 'reserve',
  'update-reservation': 'change-reservation',
  'release-reservation': 'change-reservation',
} as const satisfies Record<string, Action['type']>;

export type Operation = keyof typeof COMMAND_TYPES;

type TypeOf<Of extends Operation> = (typeof COMMAND_TYPES)[Of];
type ActionOf<Of extends Operation> = Extract<Action, { readonly type: TypeOf<Of> }>;
type OutcomeOf<Of extends Operation> = RequestOutcome<ResultOf<TypeOf<Of>>>;

export interface Intent<Of extends Operation = Operation> {
  readonly operation: Of;
  /**
   * What the request asks for, as parsed: what two requests with one key are compared by. Holds no
   * price.
   */
  readonly request: object;
  readonly requester: Requester;
}

/** What a use case needs to carry out a request. */
export interface Attempt<Of extends Operation> {
  /**
   * The outcome that a record keeps for the request's key; null when there is none. Worth a look
   * before others are asked, so that a retry is answered even when they are down. The ledger looks
   * for the record again.
   */
  replay(): Promise<OutcomeOf<Of> | null>;
  /** Lets the ledger decide on a command with this action, made now. */
  submit(action: ActionOf<Of>): Promise<OutcomeOf<Of>>;
}

/**
 * Carries out a request with an idempotency key once, however often it comes. A copy that comes
 * while the first is under way waits for it. Before a refusal is passed on, the key's record is
 * looked for wherever the ledger has not done so.
 */
export type Once = <Of extends Operation>(
  intent: Intent<Of>,
  carryOut: (attempt: Attempt<Of>) => Promise<OutcomeOf<Of>>,
) => Promise<OutcomeOf<Of>>;

export function createOnce(ports: {
  readonly reader: Pick<LedgerReader, 'record'>;
  readonly writer: Pick<LedgerWriter, 'submit'>;
  readonly clock: Clock;
}): Once {
  const { reader, writer, clock } = ports;
  const newId = createTimeOrderedIds();
  /** The outcomes of requests under way, by `recordKey`. */
  const underWay = new Map<string, Promise<RequestOutcome>>();

  function headerOf({ caller, actor }: Requester, idempotency: Idempotency | null): CommandHeader {
    const at = clock();
    return { id: newId(at), caller, actor, at: at.toISOString(), idempotency };
  }

  async function findOutcome(idempotency: Idempotency | null): Promise<CommandOutcome | null> {
    const record = idempotency && (await reader.record(idempotency.scope, idempotency.key));
    if (!record) return null;
    const { fingerprint } = standsFor(record, idempotency.fingerprint) ? idempotency : record;
    return replay({ ...record, fingerprint }, { idempotency });
  }

  return async <Of extends Operation>(
    intent: Intent<Of>,
    carryOut: (attempt: Attempt<Of>) => Promise<OutcomeOf<Of>>,
  ): Promise<OutcomeOf<Of>> => {
    const { operation, requester } = intent;
    const idempotency = idempotencyOf(intent);
    const type: TypeOf<Of> = COMMAND_TYPES[operation];
    const attempt: Attempt<Of> = {
      async replay() {
        const outcome = await findOutcome(idempotency);
        return outcome && outcomeOf(type, outcome);
      },
      async submit(action) {
        const command = { ...headerOf(requester, idempotency), ...action };
        return outcomeOf(type, await writer.submit(command));
      },
    };
    const tryOnce = async (): Promise<OutcomeOf<Of>> => {
      const outcome = await carryOut(attempt);
      return mayBeKnown(outcome) ? ((await attempt.replay()) ?? outcome) : outcome;
    };
    if (!idempotency) return tryOnce();
    // A copy waits for the first, or it could be refused for what changed since, although the first
    // one is about to sell.
    const name = recordKey(idempotency.scope, idempotency.key);
    for (let first = underWay.get(name); first; first = underWay.get(name)) {
      const outcome = await first;
      // What stopped the first stops its copies: they must not spend the time budget once more, one
      // after the other.
      if (!outcome.ok && isPassing(outcome.refusals)) return outcome;
    }
    const outcome = tryOnce().finally(() => underWay.delete(name));
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

function isPassing(refusals: readonly RequestRefusal[]): boolean {
  return refusals.some(({ type }) => PASSING.has(type));
}

/**
 * Refusals of whoever has not looked for the key's record, or not under every fingerprint that it
 * may have. The request may have been carried out before, by another process meanwhile or under an
 * older fingerprint.
 */
const UNAWARE: ReadonlySet<RequestRefusal['type']> = new Set([
  ...PASSING,
  'idempotency-key-reused',
  'product-not-found',
  'product-not-active',
  'price-changed',
  'mixed-currencies',
  'total-too-large',
]);

function mayBeKnown(outcome: RequestOutcome): boolean {
  return !outcome.ok && outcome.refusals.some(({ type }) => UNAWARE.has(type));
}

type Idempotency = NonNullable<CommandHeader['idempotency']>;

function idempotencyOf({ operation, request, requester }: Intent): Idempotency | null {
  if (requester.idempotencyKey === null) return null;
  return {
    scope: `${requester.caller} ${operation}`,
    key: requester.idempotencyKey,
    fingerprint: fingerprintOf(request),
  };
}
