import type { Moment } from '../application/author-of.ts';
import type { ReadProductEvents } from '../application/product-event.ts';
import type { Pictures } from '../application/pictures.ts';
import type { PriceChanges } from '../application/price-changes.ts';
import type { ProductTags } from '../application/product-tags.ts';
import type { ProductStore } from '../application/product-store.ts';
import type { LinkBasesOf } from './link-bases.ts';

/** What the routes work with. */
export interface Ports extends Moment {
  readonly store: ProductStore;
  readonly readEvents: ReadProductEvents;
  readonly tags: ProductTags;
  readonly priceChanges: PriceChanges;
  readonly pictures: Pictures;
  /** Of all pictures together, in bytes. */
  readonly mostPictureBytes: number;
  /** Whether anybody may read products, so that shared caches may keep their pictures. */
  readonly productsArePublic: boolean;
  /** Of products that name none. */
  readonly defaultCurrency: string;
  /** Made once with the database, so that a file of another shop's products is known by it. */
  readonly shopId: () => Promise<string>;
  readonly linkBases: LinkBasesOf;
}
