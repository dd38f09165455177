/** Without an SDK: the same requests and messages, and nothing more for each step. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createOtelMeter, createOtelTracer } from '../../lib/otel.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import type { Tracer } from '../../lib/ports/telemetry.ts';
import { createTelemetry, type Telemetry } from '../../lib/telemetry.ts';
import { createTestkit } from '../../lib/testing.ts';
import { MINUTE, storyFlow } from './support.ts';

/** Records the calls of stores and queue below what is traced. */
function recording(ports: Ports, calls: string[]): Ports {
  const all = Object.entries(ports).map(([port, object]) => {
    if (['clock', 'entropy', 'log', 'tracer', 'meter'].includes(port)) return [port, object];
    const recorded = new Proxy(object as object, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...input: readonly unknown[]) => {
          calls.push(
            `${port}.${String(name)} ${JSON.stringify(input, (_, value) => (value instanceof Map ? [...value] : value))}`,
          );
          return method.apply(target, input) as unknown;
        };
      },
    });
    return [port, recorded];
  });
  return Object.fromEntries(all) as Ports;
}

const NOTHING: Telemetry = {
  observe: (ports) => ports,
  traced: (queue) => queue,
  measure: (_, stores) => stores,
  invocation: (_, __, work) => work(),
};

async function callsOf(telemetry: Telemetry): Promise<readonly string[]> {
  const calls: string[] = [];
  const below = { ...telemetry, observe: (ports: Ports) => telemetry.observe(recording(ports, calls)) };
  const kit = createTestkit(defineApp({ flows: [storyFlow()] }), { telemetry: below });
  await kit.client.start('story', null, { id: 'e1' });
  await kit.drain();
  await kit.advance(5_000);
  await kit.advance(MINUTE);
  const [wait] = (await kit.view('e1')).interrupts;
  await kit.client.resume('e1', wait?.interruptId ?? '', { value: 1 });
  await kit.drain();
  assert.equal((await kit.view('e1')).status, 'completed');
  return calls;
}

describe('without an SDK', () => {
  it('the requests and messages are the same, byte for byte', async () => {
    const plain = await callsOf(NOTHING);
    assert.ok(plain.length > 20, `only ${plain.length} calls`);
    assert.ok(plain.some((call) => call.startsWith('queue.send')));
    const switchedOn = createTelemetry({ tracer: createOtelTracer(), meters: [createOtelMeter()] });
    assert.deepEqual(await callsOf(switchedOn), plain);
    assert.doesNotMatch(plain.join('\n'), /trace/);
  });

  it('a traced run differs in these calls, so that the comparison can fail', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const constant: Tracer = { ...createOtelTracer(), current: () => traceparent };
    const calls = await callsOf(createTelemetry({ tracer: constant }));
    assert.ok(calls.some((call) => call.startsWith('queue.send') && call.includes(traceparent)));
    assert.ok(calls.some((call) => call.startsWith('executions.commit') && call.includes(traceparent)));
  });

  it('a step asks the tracer once and gets nothing, and sends its messages as they are', async () => {
    const asked: string[] = [];
    const tracer = createOtelTracer();
    const counted: Tracer = {
      ...tracer,
      attempt(about, since) {
        asked.push(about.chunk);
        const span = tracer.attempt(about, since);
        assert.equal(span, undefined);
        return span;
      },
    };
    const flow = defineFlow({ name: 'chain' });
    flow
      .to('a', () => 1)
      .to('b', () => 2)
      .to('c', () => 3);
    const kit = createTestkit(defineApp({ flows: [flow] }), { telemetry: createTelemetry({ tracer: counted }) });
    await kit.client.start('chain', null, { id: 'e1' });
    await kit.drain();
    assert.deepEqual(asked, ['a', 'b', 'c']);
    const sent: unknown[] = [];
    const queue = { send: async (messages: unknown) => void sent.push(messages) };
    const messages = [{ message: { executionId: 'e1', kind: 'wake' }, delaySeconds: 0 }] as const;
    await createTelemetry({ tracer }).traced(queue).send(messages);
    assert.equal(sent[0], messages, 'the same array');
  });

  it('an app that traces nothing has no tracer at all', () => {
    const kit = createTestkit(defineApp({ flows: [storyFlow()] }));
    assert.equal(kit.ports.tracer, undefined);
    assert.equal(kit.ports.meter, undefined);
  });
});
