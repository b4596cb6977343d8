import type { Clock } from '@anaquel/runtime';
import type { Author } from './product-store.ts';

/** What a change has of the moment in which it is made. */
export interface Moment {
  readonly clock: Clock;
  /** Where the request under way is traced; null where nobody is told of it. */
  readonly traceparent: () => string | null;
}

export function authorOf({ clock, traceparent }: Moment, actor: string): Author {
  return { actor, at: clock().toISOString(), traceparent: traceparent() };
}
