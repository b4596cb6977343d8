import type { SettingsReader } from '../process/settings.ts';
import type { TracingSettings } from '../process/tracing.ts';

const PAIR = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([^\s,]*)\s*$/;

/**
 * The standard settings of OpenTelemetry that count here; null without an endpoint.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracingSettings(settings: SettingsReader): TracingSettings | null {
  const name = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const endpoint = settings.optional(name);
  const rest = {
    headers: readPairs(settings, {
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      text: settings.optionalSecret('OTEL_EXPORTER_OTLP_HEADERS'),
    }),
    sampledShare: settings.number('OTEL_TRACES_SAMPLER_ARG', { default: 1, min: 0, max: 1 }),
    serviceName: settings.optional('OTEL_SERVICE_NAME'),
    resourceAttributes: readPairs(settings, {
      name: 'OTEL_RESOURCE_ATTRIBUTES',
      text: settings.optional('OTEL_RESOURCE_ATTRIBUTES'),
    }),
  };
  if (endpoint === undefined) return null;
  return { endpoint: settings.url(name, { default: endpoint }), ...rest };
}

/** `name=value,…`, the values percent-encoded. What is wrong is not repeated: it may be a key. */
function readPairs(
  { problems }: SettingsReader,
  { name, text = '' }: { readonly name: string; readonly text: string | undefined },
): Record<string, string> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const pairs = parts.flatMap((part) => {
    const [, key = '', value = ''] = PAIR.exec(part) ?? [];
    const decoded = decodeOrNull(value);
    return key === '' || decoded === null ? [] : [[key, decoded] as const];
  });
  if (pairs.length < parts.length)
    problems.push(`${name} must be a list such as name=value,other=value, percent-encoded.`);
  return Object.fromEntries(pairs);
}

function decodeOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
