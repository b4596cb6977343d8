import { readOne, OPERATIONS_TIMEOUT_MS, V1, type Client, type Options } from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';
import type { Result } from './errors.ts';

export interface Disagreement {
  readonly rule: string;
  readonly productId: string | null;
  readonly expected: string;
  readonly actual: string;
}

export interface Audit {
  /** Up to where the ledger was checked. */
  readonly position: string;
  readonly clean: boolean;
  readonly movements: number;
  readonly levels: number;
  readonly purchases: number;
  readonly disagreementCount: number;
  readonly disagreements: readonly Disagreement[];
}

function toAudit(resource: ResourceObject): Audit {
  const read = reader(resourceOf('audits', resource).attributes);
  return {
    position: resource.id,
    clean: read.flag('clean'),
    movements: read.number('movements'),
    levels: read.number('levels'),
    purchases: read.number('purchases'),
    disagreementCount: read.number('disagreementCount'),
    disagreements: read.objects('disagreements').map((one) => {
      const inside = reader(one);
      return {
        rule: inside.text('rule'),
        productId: inside.textOrNull('productId'),
        expected: inside.text('expected'),
        actual: inside.text('actual'),
      };
    }),
  };
}

export function auditCalls({ ask }: Client) {
  return {
    audit: ({ signal }: Options = {}): Promise<Result<Audit>> =>
      ask({ path: `${V1}/audit`, timeoutMs: OPERATIONS_TIMEOUT_MS, signal }, readOne(toAudit)),
  };
}
