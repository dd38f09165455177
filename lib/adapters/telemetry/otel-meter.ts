/** Metrics by the OpenTelemetry API. Without a registered SDK its calls do nothing. */
import { type Counter, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';
import { METRICS, type Meter, type Metric } from '../../ports/telemetry.ts';
import { flushProvider } from './otel-flush.ts';

export interface OtelMeterOptions {
  /** Default: the one that is registered with the API. */
  readonly provider?: MeterProvider;
}

interface Instrument {
  readonly name: string;
  /** In UCUM. */
  readonly unit: string;
  readonly description: string;
}

export const INSTRUMENTS: Readonly<Record<Metric, Instrument>> = {
  executionsStarted: {
    name: 'durable_triggerflow.executions.started',
    unit: '{execution}',
    description: 'Executions that started',
  },
  executionsClosed: {
    name: 'durable_triggerflow.executions.closed',
    unit: '{execution}',
    description: 'Executions that closed, by status',
  },
  attemptDuration: {
    name: 'durable_triggerflow.attempt.duration',
    unit: 's',
    description: 'Time from the claim of an attempt to the commit of its outcome',
  },
  queueAge: {
    name: 'durable_triggerflow.queue.age',
    unit: 's',
    description: 'Time that a message was due before its function got it',
  },
  commitConflicts: {
    name: 'durable_triggerflow.commit.conflicts',
    unit: '{conflict}',
    description: 'Commits that another writer came before',
  },
  writeUnits: {
    name: 'durable_triggerflow.dynamodb.write_units',
    unit: '{unit}',
    description: 'Write capacity units that the table consumed',
  },
};

/** Names of attributes that are not `durable_triggerflow.<name>`. */
const ATTRIBUTES: Readonly<Record<string, string>> = { queue: 'messaging.destination.name' };

export function createOtelMeter({ provider = metrics }: OtelMeterOptions = {}): Meter {
  const made = new Map<Metric, (value: number, attributes: Readonly<Record<string, string>>) => void>();
  const make = (metric: Metric) => {
    const { name, ...about } = INSTRUMENTS[metric];
    const meter = provider.getMeter('durable-triggerflow');
    if (METRICS[metric].kind === 'count') {
      const counter: Counter = meter.createCounter(name, about);
      return counter.add.bind(counter);
    }
    const histogram: Histogram = meter.createHistogram(name, about);
    return (ms: number, attributes: Readonly<Record<string, string>>) => histogram.record(ms / 1_000, attributes);
  };
  return {
    record(metric, value, by) {
      const record = made.get(metric) ?? make(metric);
      made.set(metric, record);
      const named = Object.entries<string>(by).map(([name, text]) => [
        ATTRIBUTES[name] ?? `durable_triggerflow.${name}`,
        text,
      ]);
      record(value, Object.fromEntries(named));
    },
    flush: () => flushProvider(provider === metrics ? metrics.getMeterProvider() : provider),
  };
}
