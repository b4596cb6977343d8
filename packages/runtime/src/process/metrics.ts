import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
} from 'prom-client';

/** The figures of one process for Prometheus. Names are those of its conventions. */
export interface Metrics {
  counter<Label extends string>(of: Configuration<CounterConfiguration<Label>>): Counter<Label>;
  /** With `collect` it is read when somebody asks: it may not wait for anything. */
  gauge<Label extends string>(of: Configuration<GaugeConfiguration<Label>>): Gauge<Label>;
  histogram<Label extends string>(
    of: Configuration<HistogramConfiguration<Label>>,
  ): Histogram<Label>;
  /** All of them in Prometheus' text format. */
  text(): Promise<string>;
}

type Configuration<Whole> = Omit<Whole, 'registers' | 'aggregator' | 'enableExemplars'>;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Upper bounds in seconds of what should take milliseconds and may take seconds. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Gauges whose names end like those of counters, against the conventions. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  let watchesProcess = false;

  // What watches the event loop wakes it a hundred times a second: not before somebody asks.
  function watchProcess(): void {
    if (watchesProcess) return;
    watchesProcess = true;
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }

  return {
    counter: (configuration) => new Counter({ ...configuration, registers }),
    gauge: (configuration) => new Gauge({ ...configuration, registers }),
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
    text() {
      watchProcess();
      return registry.metrics();
    },
  };
}
