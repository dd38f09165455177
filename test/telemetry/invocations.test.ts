/** What the events of functions say about traces and ages, also events that somebody forged. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseQueueMessage, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import { createWebhookExchange } from '../../lib/exchange.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createEmfMeter, createTelemetry } from '../../lib/telemetry.ts';
import { createTestkit } from '../../lib/testing.ts';
import { registerSdk, type Sdk, storyFlow } from './support.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const ID = (letter: string) => letter.repeat(32);
const traceparent = (letter: string) => `00-${ID(letter)}-${'b'.repeat(16)}-01`;
const context = { awsRequestId: 'r-1', functionName: 'shop-dev-step' };
const nothing = async () => ({ batchItemFailures: [] });
const queue = 'arn:aws:sqs:eu-west-1:000000000000:shop-dev-wake';

describe('an invocation', () => {
  let sdk: Sdk;
  before(() => {
    sdk = registerSdk(() => NOW);
  });
  after(() => sdk.stop());

  const spanOf = async (event: object, work: () => Promise<unknown> = nothing) => {
    const known = sdk.spans().length;
    await sdk.telemetry.invocation(event, context, work);
    const span = sdk.spans()[known];
    assert.ok(span);
    return span;
  };

  it('of a queue links to the traces of its messages: in the body, in an attribute, or as AWS sends it', async () => {
    const wake = (more: object) => JSON.stringify({ executionId: 'e1', kind: 'wake', ...more });
    const span = await spanOf({
      Records: [
        { body: wake({ traceparent: traceparent('1') }), eventSourceARN: queue },
        {
          body: wake({}),
          eventSourceARN: queue,
          messageAttributes: { traceparent: { stringValue: traceparent('2') } },
        },
        {
          body: wake({}),
          eventSourceARN: queue,
          attributes: { AWSTraceHeader: 'Root=1-33333333-333333333333333333333333;Parent=bbbbbbbbbbbbbbbb;Sampled=1' },
        },
        { body: wake({ traceparent: traceparent('1') }), eventSourceARN: queue },
        { body: 'no JSON', eventSourceARN: queue },
      ],
    });
    assert.equal(span.name, 'shop-dev-wake process');
    assert.deepEqual(
      span.links.map((link) => link.context.traceId),
      [ID('1'), ID('2'), ID('3')],
    );
    assert.equal(span.parentSpanContext, undefined);
    assert.deepEqual(span.attributes['messaging.batch.message_count'], 5);
    assert.deepEqual([span.attributes['faas.trigger'], span.attributes['faas.invocation_id']], ['pubsub', 'r-1']);
  });

  it('of a route continues the trace of the caller, and shows no path', async () => {
    const headers = { TraceParent: traceparent('4') };
    const event = { routeKey: 'POST /callbacks/{token}', rawPath: '/callbacks/v1.secret', headers };
    const span = await spanOf(event, async () => ({ statusCode: 503 }));
    assert.equal(span.spanContext().traceId, ID('4'));
    assert.deepEqual(
      [span.attributes['http.route'], span.attributes['url.path'], span.attributes['http.request.method']],
      ['/callbacks/{token}', '/callbacks/{token}', 'POST'],
    );
    assert.deepEqual([span.attributes['http.response.status_code'], span.attributes['error.type']], [503, '503']);
    assert.doesNotMatch(JSON.stringify([span.name, span.attributes]), /secret/);
  });

  for (const forged of [
    '',
    'x',
    traceparent('0'),
    `ff${traceparent('1').slice(2)}`,
    `${traceparent('1')}-x`,
    'a'.repeat(9_999),
  ]) {
    it(`begins a trace of its own with ${JSON.stringify(forged.slice(0, 60))} as traceparent`, async () => {
      const span = await spanOf({ routeKey: 'GET /flows', headers: { traceparent: forged } });
      assert.equal(span.parentSpanContext, undefined);
      const body = JSON.stringify({ executionId: 'e1', kind: 'wake', traceparent: forged });
      assert.deepEqual((await spanOf({ Records: [{ body }] })).links, []);
      assert.equal(parseWakeMessage(body).executionId, 'e1');
    });
  }

  it('that fails has the type of the error, and throws it', async () => {
    const fail = () => Promise.reject(new RangeError('canary'));
    const known = sdk.spans().length;
    await assert.rejects(sdk.telemetry.invocation({}, context, fail), RangeError);
    const span = sdk.spans()[known];
    assert.deepEqual([span?.name, span?.attributes['error.type']], ['shop-dev-step', 'RangeError']);
    assert.doesNotMatch(JSON.stringify([span?.attributes, span?.events, span?.status]), /canary/);
  });

  it('measures how long its messages were due', async () => {
    const lines: string[] = [];
    const meter = createEmfMeter({ namespace: 'n', write: (line) => lines.push(line) });
    const message = (body: object, ago: number) => ({
      body: JSON.stringify(body),
      eventSourceARN: queue,
      attributes: { SentTimestamp: String(NOW - ago) },
    });
    const Records = [
      message({ kind: 'wake' }, 40),
      message({ kind: 'timer', due: NOW - 7 }, 60_000),
      message({ kind: 'timer', due: NOW + 7 }, 60_000),
      message({ kind: 'watchdog' }, 60_000),
      { body: '{"kind":"wake"}' },
    ];
    await createTelemetry({ meters: [meter], now: () => NOW }).invocation({ Records }, context, nothing);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ Queue, QueueAge }) => [Queue, QueueAge]),
      [['shop-dev-wake', [40, 7, 0]]],
    );
  });

  it('takes a signal of another system with its trace', () => {
    const signal = { executionId: 'e1', signal: 'paid', value: 1, signalId: 's-1', traceparent: traceparent('1') };
    assert.deepEqual(parseQueueMessage(JSON.stringify(signal)), signal);
  });
});

describe('traces of a wait', () => {
  const wakeUp = { message: { executionId: 'e1', kind: 'wake' }, delaySeconds: 0 } as const;

  let sdk: Sdk;
  before(() => {
    sdk = registerSdk(Date.now);
  });
  after(() => sdk.stop());

  it('go to the webhook as a header, and its body stays the same', async (t) => {
    const posted: RequestInit[] = [];
    t.mock.method(globalThis, 'fetch', async (_: string, request: RequestInit) => {
      posted.push(request);
      return new Response(null, { status: 204 });
    });
    const webhook = createWebhookExchange({ url: 'https://mail.test/', secret: `whsec_${btoa('k'.repeat(32))}` });
    const flow = defineFlow({ name: 'asking' });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 'approval' }));
    const app = defineApp({ flows: [flow], exchange: { default: () => webhook } });
    const kit = createTestkit(app, { telemetry: sdk.telemetry });
    await kit.client.start('asking', null, { id: 'e1' });
    await kit.drain();
    const plain = createTestkit(app);
    await plain.client.start('asking', null, { id: 'e1' });
    await plain.drain();
    const [traced, untraced] = posted;
    const session = sdk.spans().find(({ name }) => name === 'session asking');
    assert.ok(session);
    const headers = new Headers(traced?.headers);
    assert.equal(headers.get('traceparent')?.split('-')[1], session.spanContext().traceId);
    assert.equal(new Headers(untraced?.headers).get('traceparent'), null);
    const dataOf = (request: RequestInit | undefined) => JSON.parse(String(request?.body)).data;
    assert.deepEqual(dataOf(traced), dataOf(untraced));
  });

  it('go over the queue of the announcements', async () => {
    const sent: string[] = [];
    const announcements = sdk.telemetry.traced({ send: async (messages) => void sent.push(JSON.stringify(messages)) });
    await sdk.telemetry.invocation({}, context, () => announcements.send([wakeUp]));
    const span = sdk.spans().at(-1);
    assert.ok(span);
    const { traceId, spanId } = span.spanContext();
    assert.deepEqual(JSON.parse(sent[0] ?? ''), [
      { ...wakeUp, message: { ...wakeUp.message, traceparent: `00-${traceId}-${spanId}-01` } },
    ]);
  });

  it('are linked also when no message names a trace, as those of an older version', async () => {
    const app = defineApp({ flows: [storyFlow()] });
    const kit = createTestkit(app, { telemetry: { ...sdk.telemetry, traced: (queue) => queue } });
    const known = sdk.spans().length;
    await sdk.telemetry.invocation({ routeKey: 'POST /x', headers: {} }, context, () =>
      kit.client.start('story', null, { id: 'e1' }),
    );
    const [received] = kit.queue.receive(1);
    assert.ok(received?.message.traceparent);
    const { traceparent: _, ...older } = received.message;
    await kit.worker.handle([older], kit.clock.now() + 60_000);
    const session = sdk
      .spans()
      .slice(known)
      .find(({ name }) => name === 'session story');
    const start = sdk
      .spans()
      .slice(known)
      .find(({ name }) => name === '/x');
    assert.deepEqual(
      session?.links.map((link) => link.context.traceId),
      [start?.spanContext().traceId],
    );
  });
});
