/** Who asks for a change, and the key that makes asking twice the same as asking once. */
export interface Requester {
  /** Whose idempotency keys and purchases these are. */
  readonly caller: string;
  /** Who is named in the movements. */
  readonly actor: string;
  readonly idempotencyKey: string | null;
  /** Who manages stock may hold as much of it as there is. */
  readonly holdsWithoutLimit: boolean;
}
