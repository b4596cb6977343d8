import type { Failure } from '../failure.ts';

const UNKNOWN = 'request-failed unknown error';

const REASONS: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ETIMEDOUT: 'connection-late',
  UND_ERR_CONNECT_TIMEOUT: 'connection-late',
  ECONNRESET: 'connection-closed',
  EPIPE: 'connection-closed',
  UND_ERR_SOCKET: 'connection-closed',
  HPE_INVALID_EOF_STATE: 'connection-closed',
  UND_ERR_HEADERS_OVERFLOW: 'answer-headers-too-long',
  HPE_HEADER_OVERFLOW: 'answer-headers-too-long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'answer-length-wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-of-another-name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-not-trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-not-trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-not-trusted',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  EPROTO: 'no-tls',
};

/**
 * Why a request to an endpoint failed. The messages of errors have addresses in them, so it goes by
 * their codes.
 */
export function failureReason(error: unknown): Failure {
  if (!(error instanceof Error)) return UNKNOWN;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = REASONS[code];
  if (reason !== undefined) return reason;
  if (code.startsWith('ERR_SSL_')) return 'no-tls';
  if (error.name === 'HTTPParserError') return 'answer-not-http';
  return code === '' ? UNKNOWN : `request-failed ${code}`;
}
