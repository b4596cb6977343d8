import { activeTraceparent, type Tracing } from '@anaquel/runtime';
import type { TraceBatch } from '../application/ledger-writer.ts';

/** What the ledger needs of traces: each is nothing where there are none. */
export interface LedgerTraces {
  /** Where the request under way is traced; null where nobody is told of it. */
  traceparent(): string | null;
  readonly traceBatch: TraceBatch | null;
}

const NO_TRACES: LedgerTraces = { traceparent: () => null, traceBatch: null };

/**
 * A batch is one span, in the trace of its first command that has one, with links to the spans of
 * all of them: many traces share it, and a span has one parent.
 */
export function createLedgerTraces(tracing: Tracing | null): LedgerTraces {
  if (tracing === null) return NO_TRACES;
  return {
    traceparent: () => activeTraceparent(tracing),
    traceBatch(traceparents, commands) {
      const links = traceparents.map((traceparent) => ({ traceparent }));
      const [parent = null] = links;
      const attributes = { 'anaquel.batch.commands': commands };
      const span = tracing.begin({
        name: 'ledger batch',
        kind: 'internal',
        parent,
        links,
        attributes,
      });
      return (failure) => span.end({}, failure);
    },
  };
}
