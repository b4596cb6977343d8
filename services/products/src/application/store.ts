import type { ReadEntries, UpkeepOptions } from '@anaquel/events';
import type { Clock, Work } from '@anaquel/runtime';
import type { DeliveryStore, WebhookRegister } from '@anaquel/webhooks';
import type { ProductChange } from '../domain/product-change.ts';
import type { Pictures, SweepPictures } from './pictures.ts';
import type { PriceChanges } from './price-changes.ts';
import type { ProductStore } from './product-store.ts';
import type { ProductTags } from './product-tags.ts';
import type { RefreshTexts } from './text-upkeep.ts';

/** One database, opened for this service, with all that is kept in it. */
export interface Store {
  readonly products: ProductStore;
  readonly tags: ProductTags;
  readonly refreshTexts: RefreshTexts;
  readonly priceChanges: PriceChanges;
  readonly pictures: Pictures;
  readonly sweepPictures: SweepPictures;
  readonly webhooks: WebhookRegister;
  /** Its instants are later than all that the database had recorded. */
  readonly clock: Clock;
  /** What names the log of changes in the source of its events. */
  logId(): Promise<string>;
  /** Made once with the database, so that a file of another shop's products is known by it. */
  shopId(): Promise<string>;
  /** Rejects while nothing can be read, or the time is not known. */
  ping(): Promise<void>;
  /** Writes something that means nothing, as durably as a change: rejects while nothing can be. */
  tryToWrite(): Promise<void>;
  /**
   * Lets one process at a time work on this database: this one begins, perhaps again, when it is
   * its turn. Cursors and deliveries are kept only while it is.
   */
  startUpkeep(options: UpkeepOptions<ReadEntries<ProductChange>, DeliveryStore>): Work;
  close(): Promise<void>;
}

/** What a store tells of. */
export interface StoreListener {
  /** Called after each commit that may have written a change. */
  onChange(): void;
  /** Called with the reason why nothing can be written now. */
  onUnavailable(error: unknown): void;
}
