import type { FastifyBaseLogger } from 'fastify';
import type { Tracing, TracingSettings } from './tracing.ts';

/** OpenTelemetry is loaded by a service that sends traces somewhere. */
export async function openTracing(
  settings: TracingSettings | null,
  service: { readonly name: string; readonly log: FastifyBaseLogger },
): Promise<Tracing | null> {
  if (settings === null) return null;
  const { startTracing } = await import('./open-telemetry.ts');
  return startTracing(settings, service);
}
