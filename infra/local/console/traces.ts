/** Prints spans on the console, by the SDK of OpenTelemetry: `TRACES=console npm start`. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Log } from '../http/front.ts';

const SDK = '@opentelemetry/sdk-trace-node';
/** Characters of a trace id that are shown. */
const SHOWN = 8;
const OWN = 'durable_triggerflow.';

/** @throws Error when the SDK is not installed */
export async function printTraces(log: Log): Promise<void> {
  const sdk = await import('@opentelemetry/sdk-trace-node').catch(() => {
    throw new Error(`TRACES=console needs ${SDK}. Run: npm install --save-dev ${SDK}@2 @opentelemetry/api`);
  });
  const exporter: SpanExporter = {
    export(spans, done) {
      for (const span of spans) log(spanText(span));
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  new sdk.NodeTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] }).register();
}

/** One line: the trace, the span, its own attributes, and the traces that it is linked to. */
export function spanText(
  span: Pick<ReadableSpan, 'name' | 'attributes' | 'links' | 'duration' | 'spanContext'>,
): string {
  const [seconds, nanos] = span.duration;
  const own = Object.entries(span.attributes).filter(([name]) => name.startsWith(OWN) || name === 'error.type');
  const facts = own.map(([name, value]) => `${name.replace(OWN, '')}=${value}`);
  const linked = [...new Set(span.links.map(({ context }) => context.traceId.slice(0, SHOWN)))];
  return [
    `trace ${span.spanContext().traceId.slice(0, SHOWN)}`,
    `${span.name} (${Math.round(seconds * 1_000 + nanos / 1_000_000)} ms)`,
    ...facts,
    ...(linked.length > 0 ? [`linked to ${linked.join(', ')}`] : []),
  ].join(' ');
}
