/** A service behind the gateway. */
export interface Target {
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** The first segments of its addresses below `/api/v1/`. */
  readonly paths: readonly string[];
  /** The setting that holds its address. */
  readonly urlSetting: string;
  /** Whether it believes the gateway on whose behalf it asks. */
  readonly takesActor: boolean;
  /** Whether a change is safely repeated with its `Idempotency-Key`. */
  readonly takesIdempotencyKeys: boolean;
}

/** Whether an address is one of a live stream, whose answer ends only when somebody ends it. */
export function isLiveStream(url: string): boolean {
  return /^[^?]*\/stream(?=\?|$)/.test(url);
}
