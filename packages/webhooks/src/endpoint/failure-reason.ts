const NO_TRUST = 'Its certificate was issued by nobody whom this service trusts.';
const NO_ROUTE = 'There is no way to its address.';
const BROKEN = 'It closed the connection before its answer was complete.';
const LATE = 'It did not take the connection in time.';
const NO_TLS = 'No encrypted connection to it could be made.';
const UNKNOWN = 'The request failed.';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'It refused the connection.',
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  ETIMEDOUT: LATE,
  UND_ERR_CONNECT_TIMEOUT: LATE,
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UND_ERR_SOCKET: BROKEN,
  HPE_INVALID_EOF_STATE: BROKEN,
  UND_ERR_HEADERS_OVERFLOW: 'The headers of its answer were longer than 16 KiB.',
  HPE_HEADER_OVERFLOW: 'The headers of its answer were longer than 16 KiB.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'Its answer was not as long as it said.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: NO_TRUST,
  SELF_SIGNED_CERT_IN_CHAIN: NO_TRUST,
  UNABLE_TO_GET_ISSUER_CERT: NO_TRUST,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_TRUST,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_TRUST,
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
  CERT_NOT_YET_VALID: 'Its certificate is not valid yet.',
  EPROTO: NO_TLS,
};

/**
 * Why a request to an endpoint failed, in a sentence for the endpoint's owner. The messages of
 * errors have addresses in them, so it goes by their codes.
 */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return UNKNOWN;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = REASONS[code];
  if (reason !== undefined) return reason;
  if (code.startsWith('ERR_SSL_')) return NO_TLS;
  if (error.name === 'HTTPParserError') return 'Its answer was not HTTP/1.1.';
  return code === '' ? UNKNOWN : `The request failed (${code}).`;
}
