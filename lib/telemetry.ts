/** Traces and metrics, for handlers of your own: `stepHandler(app, { telemetry: createTelemetry({ … }) })`. */
export { createEmfMeter, type EmfOptions } from './adapters/telemetry/emf.ts';
export { createTelemetry, type Telemetry, type TelemetryParts } from './adapters/telemetry/function-telemetry.ts';
export type {
  Answered,
  AttemptOf,
  AttemptOutcome,
  AttemptSpan,
  Invocation,
  Meter,
  Metric,
  MetricAttributes,
  SessionOf,
  Tracer,
} from './ports/telemetry.ts';
