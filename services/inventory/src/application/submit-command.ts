import { hash, randomUUIDv7 } from 'node:crypto';
import type { Clock } from '@anaquel/runtime';
import type { Command, Outcome, Refusal } from '../domain/command.ts';
import { replay } from '../domain/decide.ts';
import type { LedgerReader } from './ledger.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import type { Requester } from './requester.ts';

/** Why a request was refused: by the ledger's rules, or before it got there. `step` is the line, from 0. */
export type RequestRefusal =
  | Refusal
  | { readonly type: 'product-not-found'; readonly step: number; readonly productId: number }
  | { readonly type: 'product-not-active'; readonly step: number; readonly productId: number }
  | {
      readonly type: 'price-changed';
      readonly step: number;
      readonly productId: number;
      readonly price: number;
    }
  | { readonly type: 'mixed-currencies'; readonly step: number; readonly currency: string }
  | { readonly type: 'total-too-large' }
  | { readonly type: 'catalogue-unavailable' };

export type RequestOutcome =
  | (Outcome & { ok: true })
  | { readonly ok: false; readonly refusals: readonly RequestRefusal[] };

export interface LedgerAccess {
  readonly reader: Pick<LedgerReader, 'record'>;
  readonly writer: Pick<LedgerWriter, 'submit'>;
  readonly clock: Clock;
}

/** One kind of request. Idempotency keys of different operations never meet; canonical and classic routes share them. */
export type Operation = 'purchase' | 'movement' | 'start-tracking' | 'update-inventory';

export interface Intent {
  readonly operation: Operation;
  /** What the request asks for, as parsed: what two requests with one key are compared by. Holds no price. */
  readonly request: object;
  readonly requester: Requester;
  /**
   * Turns the request into the steps of a command, asking whom it must. Runs only when the key is new, so a retry is
   * answered even when Products is down.
   */
  prepare(): Promise<
    Pick<Command, 'steps' | 'purchase'> | { readonly refusals: readonly RequestRefusal[] }
  >;
}

/** The way of every change: look for the first outcome, prepare, and let the ledger decide. */
export async function submitCommand(access: LedgerAccess, intent: Intent): Promise<RequestOutcome> {
  const { reader, writer, clock } = access;
  const { requester } = intent;
  const idempotency = idempotencyOf(intent);
  const findReplay = async (): Promise<RequestOutcome | null> => {
    const earlier = idempotency && (await reader.record(idempotency.scope, idempotency.key));
    return earlier && replay(earlier, { idempotency });
  };
  const earlier = await findReplay();
  if (earlier) return earlier;
  const prepared = await intent.prepare();
  if ('refusals' in prepared) {
    // A copy of this request may have been carried out meanwhile; then its outcome is the answer to all of them.
    return (await findReplay()) ?? { ok: false, refusals: prepared.refusals };
  }
  return writer.submit({
    id: randomUUIDv7(),
    caller: requester.caller,
    actor: requester.actor,
    at: clock().toISOString(),
    idempotency,
    ...prepared,
  });
}

function idempotencyOf({ operation, request, requester }: Intent): Command['idempotency'] {
  if (requester.idempotencyKey === null) return null;
  return {
    scope: `${requester.caller} ${operation}`,
    key: requester.idempotencyKey,
    fingerprint: hash('sha256', JSON.stringify(request), 'base64url'),
  };
}
