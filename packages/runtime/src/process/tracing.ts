/** Where traces are sent, and of what. */
export interface TracingSettings {
  /** Of OTLP by HTTP, without `/v1/traces`. */
  readonly endpoint: string;
  /** May hold keys. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the traces that begin here, 0 to 1. */
  readonly sampledShare: number;
  /** In place of the service's own name. */
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
}

/** A place in a trace, as the headers of W3C: https://www.w3.org/TR/trace-context/ */
export interface TracePlace {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

type Attributes = Readonly<Record<string, string | number>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  /** What it is a part of, and whether it is sampled; null begins a trace. */
  readonly parent: TracePlace | null;
  /** What else it belongs to: of more than 128, the first. */
  readonly links?: readonly TracePlace[];
  readonly attributes?: Attributes;
}

/** A piece of work, and the place from which what it asks for goes on. */
export interface Span extends TracePlace {
  readonly traceId: string;
  /** Whether anybody is told of it. */
  readonly isSampled: boolean;
  /** `failure` says what went wrong, if anything did. */
  end(attributes?: Attributes, failure?: string): void;
}

export interface Tracing {
  begin(start: SpanStart): Span;
  /** Carries out work, and what follows from it, as a part of a span. */
  run(span: Span, work: () => void): void;
  /** What the work under way is a part of. */
  active(): Span | null;
  /** Sends what waits, if that takes no longer than a second. */
  close(): Promise<void>;
}

/** Where the work under way is traced; null where nobody is told of it. */
export function activeTraceparent(tracing: Tracing | null): string | null {
  const span = tracing?.active();
  return span?.isSampled ? span.traceparent : null;
}

/** What goes on without a request is in no trace, and tells those whom it asks so. */
const UNTRACED: TracePlace = {
  traceparent: '00-616e617175656c2d756e747261636564-616e617175656c2d-00',
};

/** A call to another service as a span of the work under way. */
export interface TracedCall {
  /** To be sent with it. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param outcome the status of the answer, or why there is none. */
  end(outcome: number | string): void;
}

const UNSEEN: TracedCall = { headers: {}, end() {} };

export function beginCall(
  tracing: Tracing | null,
  name: string,
  attributes: Attributes,
): TracedCall {
  if (tracing === null) return UNSEEN;
  const parent = tracing.active() ?? UNTRACED;
  if (!('isSampled' in parent && parent.isSampled))
    return { ...UNSEEN, headers: headersOf(parent) };
  const span = tracing.begin({ name, kind: 'client', parent, attributes });
  return {
    headers: headersOf(span),
    end(outcome) {
      if (typeof outcome === 'string') span.end({ 'error.type': outcome }, outcome);
      else span.end(...answerOf(outcome, 400));
    },
  };
}

function headersOf({ traceparent, tracestate }: TracePlace): Record<string, string> {
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** What a span says of an answer, which is a failure from this status on. */
export function answerOf(
  status: number,
  failsFrom: 400 | 500,
): [attributes: Attributes, failure?: string] {
  const attributes = { 'http.response.status_code': status };
  if (status < failsFrom) return [attributes];
  return [{ ...attributes, 'error.type': String(status) }, `answered ${status}`];
}
