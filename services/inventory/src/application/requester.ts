/** The caller as a use case sees it, with the idempotency key of the request. */
export interface Requester {
  /** The owner of the key and of what the request makes. */
  readonly owner: string;
  /** The name in the movements. */
  readonly actor: string;
  readonly idempotencyKey: string | null;
  /** True for those who manage stock. */
  readonly holdsWithoutLimit: boolean;
}
