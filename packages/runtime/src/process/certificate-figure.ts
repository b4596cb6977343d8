import type { Metrics } from './metrics.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsEnd } from './tls-settings.ts';

/** Tells when the certificate in use ends. Of a process without one the figure has no value. */
export function measureCertificate(metrics: Metrics, identity: TlsIdentity | null): void {
  metrics.gauge({
    name: 'tls_certificate_not_after_timestamp_seconds',
    help: 'When the certificate of this process ends, in seconds since 1970.',
    collect() {
      if (identity === null) this.remove();
      else this.set(tlsEnd(identity.current).getTime() / 1_000);
    },
  });
}
