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
  /** Those of `paths` where a change is safely repeated with its `Idempotency-Key`. */
  readonly keyedPaths: readonly string[];
  /** How long a body may be at those of `paths` that take longer ones than others, in bytes. */
  readonly bodyLimits: Readonly<Record<string, number>>;
}

/** Whether a change at this address is safely repeated with its `Idempotency-Key`. */
export function takesKeys({ keyedPaths }: Target, url: string): boolean {
  return keyedPaths.includes(url.replace(/^\/api\/v1\/([\w-]*).*$/s, '$1'));
}

/** Whether an address is one of a live stream, whose answer ends only when somebody ends it. */
export function isLiveStream(url: string): boolean {
  return /^[^?]*\/stream(?=\?|$)/.test(url);
}
