import { randomUUIDv7 } from 'node:crypto';
import type { Clock } from '@anaquel/runtime';
import type { LedgerReader } from './ledger.ts';
import { NOTHING_KNOWN } from '../domain/sale-knowledge.ts';
import type { InformedWriter } from './informed-writer.ts';

const EVERY_MS = 1_000;
const MOST_A_ROUND = 200;

/**
 * Records expiries, so that their movements and events follow soon. Reads and writes heed an expiry
 * from its instant on, recorded or not.
 */
export function startReservationSweeper(options: {
  readonly reader: Pick<LedgerReader, 'dueReservations'>;
  readonly writer: InformedWriter;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): { stop(): void } {
  const { reader, writer, clock, onError } = options;
  let sweeping = false;

  async function sweep(): Promise<void> {
    if (sweeping) return;
    sweeping = true;
    try {
      const due = await reader.dueReservations(clock().toISOString(), MOST_A_ROUND);
      const at = clock().toISOString();
      const by = { owner: 'anaquel', actor: 'anaquel', at, traceparent: null };
      const header = { ...by, sale: NOTHING_KNOWN, idempotency: null };
      const action = { type: 'change-reservation', change: { type: 'expire' } } as const;
      await Promise.all(
        due.map((reservationId) =>
          writer.submit({ id: randomUUIDv7(), ...header, ...action, reservationId }),
        ),
      );
    } catch (error) {
      onError(error);
    } finally {
      sweeping = false;
    }
  }

  const timer = setInterval(() => void sweep(), EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
