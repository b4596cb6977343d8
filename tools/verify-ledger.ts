import type { DatabaseLocation } from '@anaquel/runtime';
import { verifyLedger as replayLedger } from '../services/inventory/src/service.ts';

/** Whether every unit is explained, and the lines that say so or name what disagrees. */
export interface Verdict {
  clean: boolean;
  lines: string[];
}

/**
 * Replays the ledger in a database.
 * @throws StartupError when there is no ledger, or none that this code can read.
 */
export async function verifyLedger(database: DatabaseLocation): Promise<Verdict> {
  const report = await replayLedger({ database });
  const { position, movements, levels, purchases, disagreementCount, disagreements } = report;
  const lines = [
    `Checked up to position ${position}: ${counted(movements, 'movement')}, ${counted(levels, 'level')}, ${counted(purchases, 'purchase')}.`,
  ];
  for (const { rule, productId, expected, actual } of disagreements) {
    const product = productId === null ? '' : ` product ${productId}:`;
    lines.push(`${rule}:${product} expected ${expected}, found ${actual}`);
  }
  const more = disagreementCount - disagreements.length;
  if (more > 0) lines.push(`…and ${more} more.`);
  lines.push(
    report.clean ? 'Every unit is explained.' : `${counted(disagreementCount, 'disagreement')}.`,
  );
  return { clean: report.clean, lines };
}

/** As in "1 level" and "2 levels". */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
