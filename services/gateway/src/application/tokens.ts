/**
 * `invalid`: not from the issuer, not for us, or over. `unverifiable`: the issuer's keys cannot be
 * had now.
 */
export type TokenOutcome =
  | {
      readonly ok: true;
      readonly claims: Readonly<Record<string, unknown>>;
      readonly expiresAtMs: number;
    }
  | { readonly ok: false; readonly error: 'invalid' | 'unverifiable' };

export interface Tokens {
  verify(token: string): Promise<TokenOutcome>;
}
