import { createTimeOrderedIds, type Clock } from '@anaquel/runtime';
import type { Action, CommandHeader } from '../domain/command.ts';
import { outcomeOf, type ResultOf, type SettledOutcome } from '../domain/command-outcome.ts';
import { recordKey, replay } from '../domain/idempotency-record.ts';
import { NOTHING_KNOWN } from '../domain/sale-knowledge.ts';
import { fingerprintOf, matchesFingerprint } from './fingerprint.ts';
import type { LedgerReader } from './ledger.ts';
import type { InformedWriter } from './informed-writer.ts';
import { isPassing, mayHaveRecord, type RequestOutcome } from './request-outcome.ts';
import type { Requester } from './requester.ts';

/**
 * By operation: the type of its commands. Each operation has idempotency keys of its own; canonical
 * and classic routes share them.
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

/** A request to change something. */
export interface ChangeRequest<Of extends Operation = Operation> {
  readonly operation: Of;
  /** As parsed and without prices: its fingerprint tells whether another request repeats it. */
  readonly request: object;
  readonly requester: Requester;
}

/** What a use case needs to carry out a request. */
export interface Submission<Of extends Operation> {
  /**
   * The outcome in the record of the request's key; null when there is none. A use case calls it
   * before it asks Products, so that a retry is answered while Products is down. A use case that
   * asks nobody need not: the fold looks for the record, too.
   */
  replay(): Promise<OutcomeOf<Of> | null>;
  /** Makes a command of the action, with an id and the time, and lets the ledger decide on it. */
  submit(action: ActionOf<Of>): Promise<OutcomeOf<Of>>;
}

/**
 * Carries out a request with an idempotency key once, however often it is sent. A copy that comes
 * while the first is under way waits for it. If Products or a busy ledger refuses, the key's record
 * is looked for once more, and answers if there is one.
 */
export type Once = <Of extends Operation>(
  changeRequest: ChangeRequest<Of>,
  carryOut: (submission: Submission<Of>) => Promise<OutcomeOf<Of>>,
) => Promise<OutcomeOf<Of>>;

export function createOnce(ports: {
  readonly reader: Pick<LedgerReader, 'record'>;
  readonly writer: InformedWriter;
  readonly clock: Clock;
  /** Where the change under way is traced; null where it isn't. */
  readonly traceparent?: () => string | null;
}): Once {
  const { reader, writer, clock, traceparent = () => null } = ports;
  const newId = createTimeOrderedIds();
  /** The outcomes of requests under way, by `recordKey`. */
  const underWay = new Map<string, Promise<RequestOutcome>>();

  function headerOf({ owner, actor }: Requester, idempotency: Idempotency | null): CommandHeader {
    const at = clock();
    return {
      id: newId(at),
      owner,
      actor,
      at: at.toISOString(),
      traceparent: traceparent(),
      sale: NOTHING_KNOWN,
      idempotency,
    };
  }

  async function findOutcome(idempotency: Idempotency | null): Promise<SettledOutcome | null> {
    const record = idempotency && (await reader.record(idempotency.scope, idempotency.key));
    if (!record) return null;
    const { fingerprint } = matchesFingerprint(record, idempotency.fingerprint)
      ? idempotency
      : record;
    return replay({ ...record, fingerprint }, { idempotency });
  }

  return async <Of extends Operation>(
    changeRequest: ChangeRequest<Of>,
    carryOut: (submission: Submission<Of>) => Promise<OutcomeOf<Of>>,
  ): Promise<OutcomeOf<Of>> => {
    const { operation, requester } = changeRequest;
    const idempotency = idempotencyOf(changeRequest);
    const type: TypeOf<Of> = COMMAND_TYPES[operation];
    const submission: Submission<Of> = {
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
      const outcome = await carryOut(submission);
      if (outcome.ok || !outcome.refusals.some(mayHaveRecord)) return outcome;
      // What can't be read now doesn't change what is known.
      return (await submission.replay().catch(() => null)) ?? outcome;
    };
    if (!idempotency) return tryOnce();
    // A copy that didn't wait could be refused for what has changed meanwhile, although the first
    // one succeeds.
    const name = recordKey(idempotency.scope, idempotency.key);
    for (let first = underWay.get(name); first; first = underWay.get(name)) {
      const outcome = await first;
      // What stopped the first would stop the copies, too. They must not spend the time budget one
      // after the other.
      if (!outcome.ok && outcome.refusals.some(isPassing)) return outcome;
    }
    const outcome = tryOnce();
    underWay.set(name, outcome);
    try {
      return await outcome;
    } finally {
      underWay.delete(name);
    }
  };
}

type Idempotency = NonNullable<CommandHeader['idempotency']>;

function idempotencyOf({ operation, request, requester }: ChangeRequest): Idempotency | null {
  if (requester.idempotencyKey === null) return null;
  return {
    scope: `${requester.owner} ${operation}`,
    key: requester.idempotencyKey,
    fingerprint: fingerprintOf(request),
  };
}
