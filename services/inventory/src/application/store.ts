import type { ReadEvents, ReadEventTexts, UpkeepOptions } from '@anaquel/events';
import type { Clock, Work } from '@anaquel/runtime';
import type { DeliveryStore, WebhookRegister } from '@anaquel/webhooks';
import type { Ledger, LedgerReader } from './ledger.ts';

/** Reads the events of the log, and the same events as texts. */
export interface StockLog {
  readonly readEvents: ReadEvents;
  readonly readTexts: ReadEventTexts;
}

/** One database, opened for this service. */
export interface Store {
  readonly ledger: Ledger;
  readonly reader: LedgerReader;
  readonly webhooks: WebhookRegister;
  /** Its instants are later than all that the database had recorded. */
  readonly clock: Clock;
  /**
   * Lets one process at a time work on this database: this one begins, perhaps again, when it is
   * its turn. Cursors and deliveries are kept only while it is.
   */
  startUpkeep(options: UpkeepOptions<StockLog, DeliveryStore>): Work;
  /** Lets go of everything. */
  close(): Promise<void>;
}
