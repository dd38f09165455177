/** Traces and metrics of the functions of a deployment, put together from their parts. */
import { defined } from '../../defined.ts';
import type { Ports, Stores } from '../../ports/ports.ts';
import type { Meter, Tracer } from '../../ports/telemetry.ts';
import type { WakeQueue } from '../../ports/wake-queue.ts';
import { agesOf, answeredOf, type FunctionContext, invocationOf } from './invocation-of.ts';
import { observedPorts, tracedQueue } from './observed-ports.ts';
import { createWriteUnits, type MeasuredClient } from './write-units.ts';

export interface TelemetryParts {
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** Each gets all metrics. Absent: nothing is measured. */
  readonly meters?: readonly Meter[];
  /** Milliseconds since the epoch; default: the system clock. */
  readonly now?: () => number;
}

export interface Telemetry {
  /** The same ports, traced and measured. */
  observe(ports: Ports): Ports;
  /** A further queue, whose messages name their trace. */
  traced(queue: WakeQueue): WakeQueue;
  /** Stores whose write capacity units are counted by flow. The client is the one that they use. */
  measure(client: MeasuredClient, stores: Stores): Stores;
  /** Runs one invocation of a function. */
  invocation<T>(event: unknown, context: FunctionContext | undefined, work: () => Promise<T>): Promise<T>;
}

export function createTelemetry({ tracer, meters = [], now = Date.now }: TelemetryParts): Telemetry {
  const meter = meters.length === 0 ? undefined : all(meters);
  const units = meter && createWriteUnits(meter);
  let isFirst = true;
  return {
    observe: (ports) => observedPorts(ports, defined({ tracer, meter })),
    traced: (queue) => (tracer ? tracedQueue(queue, tracer) : queue),
    measure(client, stores) {
      if (!units) return stores;
      units.watch(client);
      return units.attribute(stores);
    },
    async invocation(event, context, work) {
      const about = invocationOf(event, context, isFirst);
      isFirst = false;
      for (const { queue, age } of meter ? agesOf(event, now()) : []) meter?.record('queueAge', age, { queue });
      try {
        return await (tracer ? tracer.invocation(about, work, answeredOf) : work());
      } finally {
        // What can't be given out changes nothing.
        await Promise.allSettled([tracer?.flush(), meter?.flush()]);
      }
    },
  };
}

function all(meters: readonly Meter[]): Meter {
  return {
    record: (name, value, by) => {
      for (const meter of meters) meter.record(name, value, by);
    },
    async flush() {
      await Promise.all(meters.map((meter) => meter.flush()));
    },
  };
}
