import { DURATION_BUCKETS, type Metrics } from '@anaquel/runtime';
import type { CommittedBatch } from '../application/ledger-writer.ts';

const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** How many commands wait, and how many live streams show what became of others. */
interface LedgerFigures {
  readonly queued: number;
  readonly streams: number;
}

/** Tells what the ledger writer does. Returns what is to be told of each committed batch. */
export function measureLedger(
  metrics: Metrics,
  figures: () => LedgerFigures,
): (batch: CommittedBatch) => void {
  const sizes = metrics.histogram({
    name: 'ledger_batch_commands',
    help: 'The commands that shared one transaction.',
    buckets: BATCH_BUCKETS,
  });
  const waits = metrics.histogram({
    name: 'ledger_queue_wait_seconds',
    help: 'How long the command of each batch that waited longest had waited for it.',
    buckets: DURATION_BUCKETS,
  });
  const commits = metrics.histogram({
    name: 'ledger_commit_duration_seconds',
    help: 'From handing a batch to the store until it was durable.',
    buckets: DURATION_BUCKETS,
  });
  metrics.gauge({
    name: 'ledger_queued_commands',
    help: 'Commands that wait for their batch.',
    collect() {
      this.set(figures().queued);
    },
  });
  metrics.gauge({
    name: 'event_streams_open',
    help: 'Live streams of events that are open.',
    collect() {
      this.set(figures().streams);
    },
  });
  return ({ commands, waitMs, commitMs }) => {
    sizes.observe(commands);
    waits.observe(waitMs / 1_000);
    commits.observe(commitMs / 1_000);
  };
}
