/** The SDK of OpenTelemetry in memory, and a story over several invocations. */
import { context, metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { defineFlow, RetryableError } from '../../lib/index.ts';
import { createOtelMeter, createOtelTracer } from '../../lib/otel.ts';
import { createTelemetry, type Telemetry } from '../../lib/telemetry.ts';

export const MINUTE = 60_000;

/** One attempt fails, one sleeps, one asks. Its values must not be in any trace, metric or log. */
export function storyFlow() {
  const flow = defineFlow({ name: 'story' });
  flow
    .to(
      flow.chunk('fetch', { retry: { maxAttempts: 3, initialDelay: 5_000, jitter: 0 } }, (ctx) => {
        ctx.log.info('fetching', { step: 1 });
        if (ctx.attempt === 1) throw new RetryableError('canary of an error', { retryAfter: 5_000 });
        return { secret: 'canary' };
      }),
    )
    .to('rest', (ctx) => ctx.sleep(MINUTE))
    .to('ask', (ctx) => ctx.pauseFor({ type: 'approval', payload: { secret: 'canary' } }))
    .to('pay', () => ({ secret: 'canary' }))
    .to('tell', () => null);
  return flow;
}

export interface Sdk {
  readonly telemetry: Telemetry;
  readonly spans: () => readonly ReadableSpan[];
  /** Sums of counters and counts of histograms, by name and attributes. */
  readonly metrics: () => Promise<Readonly<Record<string, number>>>;
  readonly stop: () => Promise<void>;
}

/** Registers an SDK with the API of this process, as an app does. */
export function registerSdk(now: () => number): Sdk {
  const spans = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  provider.register();
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 2 ** 31 - 1 });
  const meters = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(meters);
  return {
    telemetry: createTelemetry({ tracer: createOtelTracer({ now }), meters: [createOtelMeter()], now }),
    spans: () => spans.getFinishedSpans(),
    async metrics() {
      await meters.forceFlush();
      const found =
        measured
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return Object.fromEntries(
        found.flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [
            [descriptor.name, ...Object.values(attributes)].join(' '),
            typeof value === 'number' ? value : value.count,
          ]),
        ),
      );
    },
    async stop() {
      trace.disable();
      context.disable();
      metrics.disable();
      await provider.shutdown();
      await meters.shutdown();
    },
  };
}
