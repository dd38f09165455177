/** Spans by the OpenTelemetry API. Without a registered SDK its calls do nothing. */
import {
  type Attributes,
  context,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { describeThrown } from '../../errors/errors.ts';
import type { Answered, AttemptOf, AttemptSpan, Invocation, Tracer } from '../../ports/telemetry.ts';
import { flushProvider } from './otel-flush.ts';
import { formatPlace, parsePlace } from './traceparent.ts';

export interface OtelTracerOptions {
  /** Default: the one that is registered with the API. */
  readonly provider?: TracerProvider;
  /** Milliseconds; default: the system clock. */
  readonly now?: () => number;
}

const SCOPE = 'durable-triggerflow';
const KINDS = { http: SpanKind.SERVER, queue: SpanKind.CONSUMER, timer: SpanKind.SERVER } as const;
const TRIGGERS = { http: 'http', queue: 'pubsub', timer: 'timer' } as const;

export function createOtelTracer({ provider = trace, now = Date.now }: OtelTracerOptions = {}): Tracer {
  // Asked for each time: an SDK may be registered after this call.
  const begin = (name: string, options: SpanOptions, parent = context.active()): Span =>
    provider.getTracer(SCOPE).startSpan(name, { startTime: new Date(now()), ...options }, parent);

  const during = async <T>(span: Span, work: () => Promise<T>, done: (result: T) => void): Promise<T> => {
    try {
      const result = await context.with(trace.setSpan(context.active(), span), work);
      done(result);
      return result;
    } catch (error) {
      span.setAttribute('error.type', describeThrown(error).error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end(new Date(now()));
    }
  };

  return {
    current() {
      const place = trace.getSpanContext(context.active());
      return place && trace.isSpanContextValid(place) ? formatPlace(place) : undefined;
    },
    link(traceparent) {
      for (const link of linksTo([traceparent], trace.getSpanContext(context.active())))
        trace.getActiveSpan()?.addLink(link);
    },
    invocation(about, work, answered) {
      const active = context.active();
      const parent = trace.getSpanContext(active) ? undefined : remote(about.parent);
      const options = {
        kind: KINDS[about.trigger],
        links: linksTo(about.links ?? []),
        attributes: attributesOf(about),
      };
      const span = begin(nameOf(about), options, parent ? trace.setSpanContext(active, parent) : active);
      return during(span, work, (result) => note(span, answered(result)));
    },
    session({ executionId, flow, links }, work) {
      const span = begin(`session ${flow}`, {
        links: linksTo(links, trace.getSpanContext(context.active())),
        attributes: { 'durable_triggerflow.flow': flow, 'durable_triggerflow.execution.id': executionId },
      });
      return during(span, work, () => undefined);
    },
    attempt(about, since) {
      if (!trace.getSpanContext(context.active())) return undefined;
      return attemptSpan(begin(`chunk ${about.chunk}`, optionsOf(about, since)));
    },
    flush: () => flushProvider(provider === trace ? trace.getTracerProvider() : provider),
  };
}

function attemptSpan(span: Span): AttemptSpan {
  let isOver = false;
  const inside = trace.setSpan(context.active(), span);
  return {
    run: (work) => context.with(inside, work),
    end(outcome, at, error) {
      if (isOver) return;
      isOver = true;
      span.setAttribute('durable_triggerflow.outcome', outcome);
      if (error !== undefined) span.setAttribute('error.type', error);
      if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(new Date(at));
    },
  };
}

function optionsOf({ executionId, flow, chunk, attempt }: AttemptOf, since: number): SpanOptions {
  const attributes = {
    'durable_triggerflow.flow': flow,
    'durable_triggerflow.execution.id': executionId,
    'durable_triggerflow.chunk': chunk,
    'durable_triggerflow.attempt': attempt,
  };
  // The SDK takes small numbers for times since the start of the process.
  return { startTime: new Date(since), attributes };
}

/** Names as the conventions for Lambda set them: the route, `<queue> process`, or the function. */
function nameOf({ trigger, name }: Invocation): string {
  return trigger === 'queue' ? `${name} process` : name;
}

function attributesOf({ trigger, name, method, messages, requestId, isFirst }: Invocation): Attributes {
  return {
    'faas.trigger': TRIGGERS[trigger],
    ...(requestId === undefined ? {} : { 'faas.invocation_id': requestId }),
    ...(isFirst === undefined ? {} : { 'faas.coldstart': isFirst }),
    ...(trigger === 'http' ? httpAttributes(name, method) : {}),
    ...(trigger === 'queue' ? queueAttributes(name, messages) : {}),
  };
}

/** The path is the route: that of a callback holds its token. */
function httpAttributes(route: string, method = '_OTHER'): Attributes {
  return { 'http.request.method': method, 'http.route': route, 'url.path': route, 'url.scheme': 'https' };
}

function queueAttributes(queue: string, messages = 0): Attributes {
  return {
    'messaging.system': 'aws_sqs',
    'messaging.destination.name': queue,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.batch.message_count': messages,
  };
}

function note(span: Span, { status, failed = 0 }: Answered): void {
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  const isFault = (status ?? 0) >= 500;
  if (isFault) span.setAttribute('error.type', String(status));
  if (failed > 0) span.setAttribute('durable_triggerflow.messages.failed', failed);
  if (isFault || failed > 0) span.setStatus({ code: SpanStatusCode.ERROR });
}

function remote(text: string | undefined): SpanContext | undefined {
  const place = parsePlace(text);
  return place && { ...place, isRemote: true };
}

/** Links to each of these places once, except to the trace that runs. */
function linksTo(texts: readonly (string | undefined)[], own?: SpanContext): Link[] {
  const places = [...new Set(texts)].map(remote).filter((place) => place !== undefined);
  return places.filter(({ traceId }) => traceId !== own?.traceId).map((place) => ({ context: place }));
}
