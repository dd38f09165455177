/** What spans and a history say about the attempts of an execution, in one shape. */
import assert from 'node:assert/strict';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { HistoryItem } from '../../lib/runtime/client/types.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  attempt_succeeded: 'succeeded',
  attempt_failed: 'failed',
  sleeping: 'sleeping',
  waiting: 'waiting',
};

export interface Attempt {
  readonly chunk: unknown;
  readonly attempt: unknown;
  readonly outcome: unknown;
  readonly start: number;
  readonly end: number;
}

export function attemptsIn(items: readonly HistoryItem[]): Attempt[] {
  return items.flatMap(({ type, activationId, attempt, chunk, at, seq }) => {
    if (type !== 'attempt_started') return [];
    const end = items.find(
      (each) => each.seq > seq && each.activationId === activationId && each.attempt === attempt && OUTCOMES[each.type],
    );
    assert.ok(end);
    return [{ chunk, attempt, outcome: OUTCOMES[end.type], start: Date.parse(at), end: Date.parse(end.at) }];
  });
}

const ms = ([seconds, nanos]: readonly [number, number]) => seconds * 1_000 + nanos / 1_000_000;

export function attemptsOf(spans: readonly ReadableSpan[]): Attempt[] {
  return spans
    .filter(({ name }) => name.startsWith('chunk '))
    .map(({ attributes, startTime, endTime }) => ({
      chunk: attributes['durable_triggerflow.chunk'],
      attempt: attributes['durable_triggerflow.attempt'],
      outcome: attributes['durable_triggerflow.outcome'],
      start: ms(startTime),
      end: ms(endTime),
    }));
}

export const byStart = (a: Attempt, b: Attempt) => a.start - b.start || String(a.chunk).localeCompare(String(b.chunk));

/** Traces that can be reached from the first one over links, in either direction. */
export function reached(spans: readonly ReadableSpan[]): ReadonlySet<string> {
  const edges = spans.flatMap((span) =>
    span.links.map(({ context }) => [span.spanContext().traceId, context.traceId] as const),
  );
  const found = new Set([spans[0]?.spanContext().traceId ?? '']);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [a, b] of edges) if (found.has(a) || found.has(b)) found.add(a).add(b);
  }
  return found;
}
