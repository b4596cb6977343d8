import type { Clock } from '@anaquel/runtime';
import type { Picture } from '../domain/picture.ts';

/** Keeps pictures by their ids, with the products that show them. */
export interface Pictures {
  /**
   * Keeps a picture, or the one that it has already, for a day at least. False when all would be
   * more than `mostBytes` then, or too many; several that come at once may exceed it by one each.
   *
   * @param content in Base64.
   * @param at RFC 3339, UTC.
   */
  keep(picture: Picture, content: string, at: string, mostBytes: number): Promise<boolean>;
  find(id: string): Promise<Picture | undefined>;
  /** With its content in Base64. */
  findContent(id: string): Promise<(Picture & { readonly content: string }) | undefined>;
}

/**
 * Forgets the pictures that no product has shown since `before`, and notes at `now` which no
 * product shows any more. Both are RFC 3339, UTC.
 */
export type SweepPictures = (now: string, before: string) => Promise<void>;

const EVERY_MS = 60 * 60 * 1_000;
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;

/**
 * Forgets what no product has shown for a day, once an hour. Until then a product may take its
 * picture back.
 */
export function startPictureSweep({
  sweepPictures,
  clock,
  onError,
}: {
  readonly sweepPictures: SweepPictures;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): { stop(): Promise<void> } {
  let underWay: Promise<void> | undefined;

  async function sweep(): Promise<void> {
    try {
      const now = clock();
      const before = new Date(now.getTime() - KEPT_UNUSED_MS);
      await sweepPictures(now.toISOString(), before.toISOString());
    } catch (error) {
      onError(error);
    }
  }

  function startRound(): void {
    underWay ??= sweep().finally(() => (underWay = undefined));
  }

  startRound();
  const timer = setInterval(startRound, EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}
