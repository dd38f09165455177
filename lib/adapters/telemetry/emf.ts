/** Metrics as log lines in the embedded metric format of CloudWatch, which makes metrics of them. */
import { METRICS, type Meter, type Metric } from '../../ports/telemetry.ts';

export interface EmfOptions {
  readonly namespace: string;
  /** Takes one line, newline included; default: standard output, which Lambda sends to CloudWatch. */
  readonly write?: (line: string) => unknown;
  /** Milliseconds since the epoch; default: the system clock. */
  readonly now?: () => number;
}

/** Most values of one metric in one line. */
const MOST_VALUES = 100;
const UNITS = { count: 'Count', time: 'Milliseconds' } as const;

interface Row {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Map<Metric, number[]>;
}

/** Creates a meter that adds up what it gets, and writes a line for each set of dimensions at the flush. */
export function createEmfMeter({ namespace, write = toOutput, now = Date.now }: EmfOptions): Meter {
  const rows = new Map<string, Row>();
  return {
    record(metric, value, by) {
      const dimensions = Object.fromEntries(Object.entries<string>(by).map(([name, text]) => [capital(name), text]));
      const key = JSON.stringify(dimensions);
      const row = rows.get(key) ?? { dimensions, values: new Map() };
      rows.set(key, row);
      const values = row.values.get(metric) ?? [];
      row.values.set(metric, values);
      if (METRICS[metric].kind === 'count') values[0] = (values[0] ?? 0) + value;
      else values.push(value);
    },
    async flush() {
      const timestamp = now();
      for (const { dimensions, values } of rows.values())
        for (const part of partsOf(values))
          write(`${JSON.stringify(lineOf(namespace, timestamp, dimensions, part))}\n`);
      rows.clear();
    },
  };
}

/** Cuts long lists of values. */
function* partsOf(values: ReadonlyMap<Metric, readonly number[]>): Generator<ReadonlyMap<Metric, readonly number[]>> {
  const longest = Math.max(...Array.from(values.values(), (list) => list.length));
  for (let at = 0; at < longest; at += MOST_VALUES) {
    const cut = Array.from(values, ([metric, list]) => [metric, list.slice(at, at + MOST_VALUES)] as const);
    yield new Map(cut.filter(([, list]) => list.length > 0));
  }
}

function lineOf(
  namespace: string,
  timestamp: number,
  dimensions: Readonly<Record<string, string>>,
  values: ReadonlyMap<Metric, readonly number[]>,
) {
  const metrics = Array.from(values.keys(), (metric) => ({ Name: capital(metric), Unit: UNITS[METRICS[metric].kind] }));
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [Object.keys(dimensions)], Metrics: metrics }],
    },
    level: 'info',
    message: 'metrics',
    ...dimensions,
    ...Object.fromEntries(
      Array.from(values, ([metric, list]) => [capital(metric), list.length === 1 ? list[0] : list]),
    ),
  };
}

function toOutput(line: string): void {
  process.stdout.write(line);
}

function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
