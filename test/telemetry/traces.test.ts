/** The real SDK: what is traced of an execution equals its history, and its traces are linked. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SpanKind } from '@opentelemetry/api';
import { defineApp } from '../../lib/index.ts';
import type { HistoryItem } from '../../lib/runtime/client/types.ts';
import { createTestkit, type Testkit } from '../../lib/testing.ts';
import { attemptsIn, attemptsOf, byStart, reached } from './compare.ts';
import { MINUTE, registerSdk, type Sdk, storyFlow } from './support.ts';

describe('an execution over six invocations and a pause', () => {
  let sdk: Sdk;
  let kit: Testkit;
  let items: readonly HistoryItem[];
  const lines: Readonly<Record<string, unknown>>[] = [];

  before(async () => {
    sdk = registerSdk(() => kit.clock.now());
    const write = (message: string, fields?: object) => void lines.push({ message, ...fields });
    kit = createTestkit(defineApp({ flows: [storyFlow()] }), {
      telemetry: sdk.telemetry,
      log: { info: write, warn: write, error: write },
    });
    const http = <T>(routeKey: string, work: () => Promise<T>, headers = {}) =>
      sdk.telemetry.invocation({ routeKey, headers }, { awsRequestId: 'r-1', functionName: 'api' }, work);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const start = () => kit.client.start('story', { secret: 'canary' }, { id: 'e1' });
    await http('POST /flows/{flow}/executions', start, { Traceparent: traceparent });
    await kit.drain();
    await kit.advance(5_000);
    await kit.advance(MINUTE);
    const [wait] = (await kit.view('e1')).interrupts;
    assert.ok(wait);
    const answer = () => kit.client.resume('e1', wait.interruptId, { value: { secret: 'canary' } });
    await http('POST /executions/{id}/interrupts/{interruptId}', answer);
    await kit.drain();
    assert.equal((await kit.view('e1')).status, 'completed');
    const found: HistoryItem[] = [];
    for await (const item of kit.client.history('e1')) found.push(item);
    items = found;
  });
  after(() => sdk.stop());

  const sessions = () => sdk.spans().filter(({ name }) => name === 'session story');

  it('has one span per attempt, as the history has them', () => {
    const expected = attemptsIn(items);
    assert.deepEqual(
      expected.map(({ chunk, attempt, outcome }) => `${chunk} ${attempt} ${outcome}`),
      [
        'fetch 1 failed',
        'fetch 2 succeeded',
        'rest 1 sleeping',
        'ask 1 waiting',
        'pay 1 succeeded',
        'tell 1 succeeded',
      ],
    );
    assert.deepEqual(attemptsOf(sdk.spans()).sort(byStart), expected.sort(byStart));
  });

  it('has one trace per invocation, and the execution works in four of them', () => {
    const working = new Set(sessions().map((span) => span.spanContext().traceId));
    assert.equal(working.size, sessions().length);
    const traces = new Set(sdk.spans().map((span) => span.spanContext().traceId));
    const roots = sdk.spans().filter(({ parentSpanContext: parent }) => !parent || parent.isRemote);
    assert.equal(traces.size, roots.length);
    // Start, answer, and the sessions of: first attempt, second attempt, end of the sleep, and after the answer.
    assert.equal(working.size, 4);
    const http = roots.filter(({ kind }) => kind === SpanKind.SERVER).map(({ name }) => name);
    assert.deepEqual(
      http.filter((name) => name.startsWith('/')),
      ['/flows/{flow}/executions', '/executions/{id}/interrupts/{interruptId}'],
    );
  });

  it('links every trace of the execution to the others', () => {
    const own = sdk
      .spans()
      .filter(({ name, attributes }) => name.startsWith('/') || 'durable_triggerflow.flow' in attributes);
    const traces = new Set(own.map((span) => span.spanContext().traceId));
    assert.equal(traces.size, 6);
    assert.deepEqual(
      [...traces].filter((trace) => !reached(sdk.spans()).has(trace)),
      [],
    );
  });

  it('continues the trace of the caller, and links an answer to the trace that asked', () => {
    const [start, answer] = ['/flows/{flow}/executions', '/executions/{id}/interrupts/{interruptId}'].map((route) =>
      sdk.spans().find(({ name }) => name === route),
    );
    assert.equal(start?.spanContext().traceId, 'a'.repeat(32));
    assert.equal(start?.parentSpanContext?.spanId, 'b'.repeat(16));
    const asking = sdk.spans().find(({ name }) => name === 'chunk ask');
    assert.ok(asking);
    assert.deepEqual(
      answer?.links.map(({ context }) => context.traceId),
      [asking.spanContext().traceId],
    );
  });

  it('says on spans what the conventions ask for, and never a value', () => {
    const process = sdk.spans().find(({ kind }) => kind === SpanKind.CONSUMER);
    assert.deepEqual([process?.name, process?.attributes['messaging.system']], ['wake-ups process', 'aws_sqs']);
    const failed = sdk.spans().find(({ attributes }) => attributes['durable_triggerflow.outcome'] === 'failed');
    assert.equal(failed?.attributes['error.type'], 'RetryableError');
    const texts = sdk.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    assert.doesNotMatch(JSON.stringify(texts), /canary/);
  });

  it('has log lines with execution, chunk, attempt and trace, and never a value', () => {
    const [first, second] = lines.filter(({ message }) => message === 'fetching');
    const spans = sdk.spans().filter(({ name }) => name === 'chunk fetch');
    const expected = { message: 'fetching', executionId: 'e1', flow: 'story', chunk: 'fetch', step: 1 };
    assert.deepEqual(first, { ...expected, attempt: 1, traceId: spans[0]?.spanContext().traceId });
    assert.deepEqual(second, { ...expected, attempt: 2, traceId: spans[1]?.spanContext().traceId });
    assert.doesNotMatch(JSON.stringify(lines), /canary/);
  });

  it('is counted', async () => {
    const counts = await sdk.metrics();
    assert.equal(counts['durable_triggerflow.executions.started story'], 1);
    assert.equal(counts['durable_triggerflow.executions.closed story completed'], 1);
    const attempts = Object.entries(counts).filter(([name]) => name.startsWith('durable_triggerflow.attempt.duration'));
    assert.deepEqual(attempts.map(([name, count]) => `${name.split(' ').slice(2).join(' ')} ${count}`).sort(), [
      'ask waiting 1',
      'fetch failed 1',
      'fetch succeeded 1',
      'pay succeeded 1',
      'rest sleeping 1',
      'tell succeeded 1',
    ]);
  });
});
