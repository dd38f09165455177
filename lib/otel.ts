/** Traces and metrics by OpenTelemetry, for handlers of your own. The package `@opentelemetry/api` must be installed. */
export { createOtelMeter, type OtelMeterOptions } from './adapters/telemetry/otel-meter.ts';
export { createOtelTracer, type OtelTracerOptions } from './adapters/telemetry/otel-tracer.ts';
export type { Meter, Tracer } from './ports/telemetry.ts';
