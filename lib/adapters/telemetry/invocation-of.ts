/** What the event of a Lambda function says about its traces, and how old its messages are. */
import { defined } from '../../defined.ts';
import type { Answered, Invocation } from '../../ports/telemetry.ts';
import { fromXray } from './traceparent.ts';

interface Attribute {
  readonly stringValue?: string | undefined;
}

interface Message {
  readonly body?: string;
  readonly eventSourceARN?: string;
  readonly attributes?: { readonly SentTimestamp?: string; readonly AWSTraceHeader?: string | undefined };
  readonly messageAttributes?: Readonly<Record<string, Attribute>>;
}

interface Event {
  readonly Records?: readonly Message[];
  readonly routeKey?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface FunctionContext {
  readonly functionName?: string;
  readonly awsRequestId?: string;
}

export function invocationOf(event: unknown, context: FunctionContext | undefined, isFirst: boolean): Invocation {
  const { Records: records, routeKey, headers = {} } = (event ?? {}) as Event;
  const about = { isFirst, ...defined({ requestId: context?.awsRequestId }) };
  if (routeKey !== undefined) {
    const [method = '', route = routeKey] = routeKey.split(' ');
    const [, parent] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'traceparent') ?? [];
    return { ...about, trigger: 'http', name: route, method, ...defined({ parent }) };
  }
  if (records !== undefined) {
    const queues = [...new Set(records.map(queueOf))];
    const name = queues.length === 1 ? (queues[0] ?? '') : 'multiple_sources';
    const links = records.flatMap(tracesOf);
    return { ...about, trigger: 'queue', name, links, messages: records.length };
  }
  return { ...about, trigger: 'timer', name: context?.functionName ?? 'schedule' };
}

export function answeredOf(result: unknown): Answered {
  const { statusCode, batchItemFailures } = (result ?? {}) as {
    readonly statusCode?: number;
    readonly batchItemFailures?: readonly unknown[];
  };
  return defined({ status: statusCode, failed: batchItemFailures?.length });
}

/** How long each message was due. Watchdogs, whose delay is not known here, are left out. */
export function agesOf(event: unknown, now: number): readonly { readonly queue: string; readonly age: number }[] {
  const { Records: records = [] } = (event ?? {}) as Event;
  return records.flatMap((message) => {
    const sent = Number(message.attributes?.SentTimestamp);
    const { kind, due } = bodyOf(message);
    if (!Number.isFinite(sent) || kind === 'watchdog') return [];
    const since = typeof due === 'number' ? Math.max(due, sent) : sent;
    return [{ queue: queueOf(message), age: Math.max(0, now - since) }];
  });
}

function queueOf({ eventSourceARN = '' }: Message): string {
  return eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);
}

function tracesOf(message: Message): readonly string[] {
  const { messageAttributes = {}, attributes } = message;
  const { traceparent } = bodyOf(message);
  const texts = [traceparent, messageAttributes.traceparent?.stringValue, fromXray(attributes?.AWSTraceHeader)];
  return texts.filter((text) => typeof text === 'string');
}

function bodyOf({ body = '' }: Message): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
