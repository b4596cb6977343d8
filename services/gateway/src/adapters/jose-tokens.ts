import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '@anaquel/runtime';
import type { Tokens } from '../application/tokens.ts';

export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/**
 * Only what is verified with a public key: a shared secret, or none, could be made up from what the
 * issuer publishes.
 */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 2_000;

/**
 * Bearer tokens of one issuer, whose keys are fetched when they are needed, kept for 10 minutes,
 * and not asked for more often than each 30 seconds.
 */
export function createJoseTokens(
  { issuer, audience, jwksUrl }: TokenSettings,
  clock: Clock,
): Tokens {
  const jwks = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  const keyOf: JWTVerifyGetKey = (header, token) =>
    jwks(header, token).catch((error: unknown) => {
      throw isAboutToken(error) ? error : new IssuerError('No key could be had', { cause: error });
    });
  return {
    async verify(token) {
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
        });
        const { exp = 0 } = payload;
        if (!isAccessToken(protectedHeader.typ)) return { ok: false, error: 'invalid' };
        // Its issuer goes by the time of day, which may have been set since the gateway began to go
        // by its own clock.
        const leftMs = exp * 1_000 - Date.now();
        return { ok: true, claims: payload, expiresAtMs: clock().getTime() + leftMs };
      } catch (error) {
        return { ok: false, error: error instanceof IssuerError ? 'unverifiable' : 'invalid' };
      }
    },
  };
}

/**
 * It has no usable key set at the moment: no connection, no answer in time, or one that is none.
 * Says nothing of the token.
 */
class IssuerError extends Error {}

/** What a key set answers to a token that names none of its keys. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/**
 * Of tokens that say what they are; a token of another kind of the same issuer is none for us. RFC
 * 8725, section 3.11.
 */
function isAccessToken(type: unknown): boolean {
  return type === undefined || (typeof type === 'string' && TYPES.has(type.toLowerCase()));
}
