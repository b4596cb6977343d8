import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Tokens } from '../application/tokens.ts';

export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** Only what is verified with a public key: a shared secret, or none, could be made up from what the issuer publishes. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

/** Of tokens that say what they are; a token of another kind of the same issuer is none for us. RFC 8725, section 3.11. */
const TYPES = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);

const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 2_000;

/** Bearer tokens of one issuer, whose keys are fetched when they are needed, kept for 10 minutes, and not asked for more often than each 30 seconds. */
export function createJoseTokens({ issuer, audience, jwksUrl }: TokenSettings): Tokens {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  return {
    async verify(token) {
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
        });
        if (!TYPES.has(protectedHeader.typ?.toLowerCase())) return { ok: false, error: 'invalid' };
        return { ok: true, claims: payload };
      } catch (error) {
        return { ok: false, error: isAboutToken(error) ? 'invalid' : 'unverifiable' };
      }
    },
  };
}

/** What is left is about the issuer: no connection, no answer in time, or one that is no key set. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}
