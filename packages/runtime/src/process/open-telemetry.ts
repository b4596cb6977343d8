import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OpenSpan,
} from '@opentelemetry/api';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { FastifyBaseLogger } from 'fastify';
import { createFailureLog } from './failure-log.ts';
import type { Span, TracePlace, Tracing, TracingSettings } from './tracing.ts';

/** What comes while so many wait is dropped. */
const MOST_WAITING_SPANS = 2_048;
const SPANS_A_REQUEST = 512;
const SEND_EVERY_MS = 1_000;
const SENT_WITHIN_MS = 5_000;
/** A service that ends has other things to wait for. */
const LAST_SENT_WITHIN_MS = 1_000;
const MOST_LINKS = 128;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

/** Traces by OpenTelemetry, sent by HTTP as JSON. Whatever becomes of them, nobody waits. */
export function startTracing(
  settings: TracingSettings,
  service: { readonly name: string; readonly log: FastifyBaseLogger },
): Tracing {
  const provider = createProvider(settings, service);
  const tracer = provider.getTracer('anaquel');
  const current = new AsyncLocalStorage<Span>();
  return {
    begin({ name, kind, parent, links = [], attributes = {} }) {
      const options = {
        kind: KINDS[kind],
        attributes,
        links: links.slice(0, MOST_LINKS).flatMap((place) => {
          const context = trace.getSpanContext(contextOf(place));
          return context ? [{ context }] : [];
        }),
      };
      return spanOf(tracer.startSpan(name, options, parent ? contextOf(parent) : ROOT_CONTEXT));
    },
    run: (span, work) => current.run(span, work),
    active: () => current.getStore() ?? null,
    async close() {
      const sent = provider.shutdown().catch(() => {});
      await Promise.race([sent, sleep(LAST_SENT_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

function createProvider(
  { endpoint, headers, sampledShare, serviceName, resourceAttributes }: TracingSettings,
  { name, log }: { readonly name: string; readonly log: FastifyBaseLogger },
): TracerProvider {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers,
    timeoutMillis: SENT_WITHIN_MS,
  });
  const attributes = { ...resourceAttributes, 'service.name': serviceName ?? `anaquel-${name}` };
  return new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(attributes)),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledShare) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: withFailuresTold(exporter, log),
        maxQueueSize: MOST_WAITING_SPANS,
        maxExportBatchSize: SPANS_A_REQUEST,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SENT_WITHIN_MS,
      }),
    ],
  });
}

/** A collector that is down would else be noticed by nobody. */
function withFailuresTold(exporter: SpanExporter, log: FastifyBaseLogger): SpanExporter {
  const noteFailure = createFailureLog(log, 'traces could not be sent and are lost');
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS)
          noteFailure({ spans: spans.length, detail: result.error?.message });
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

const propagator = new W3CTraceContextPropagator();

/** Without a span where the place is malformed, which is as good as none. */
function contextOf(place: TracePlace): Context {
  return propagator.extract(ROOT_CONTEXT, place, defaultTextMapGetter);
}

function spanOf(span: OpenSpan): Span {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  return {
    traceId,
    isSampled,
    traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
    tracestate: traceState?.serialize(),
    end(attributes, failure) {
      if (attributes) span.setAttributes(attributes);
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end();
    },
  };
}
