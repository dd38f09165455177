/** The bundles of a stage with `traces: otel` and `metrics: emf`, over the embedded table and queues. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Host, startHost } from '../../infra/local/host.ts';
import type { HistoryItem } from '../../lib/runtime/client/types.ts';
import { until } from '../local/support.ts';
import { attemptsIn, attemptsOf, byStart, reached } from './compare.ts';
import { type EmfLine, emfLine } from './emf-schema.ts';
import { registerSdk, type Sdk } from './support.ts';

const CALLER = '1'.repeat(32);
const ANSWERER = '2'.repeat(32);
const traceparent = (trace: string) => `00-${trace}-${'b'.repeat(16)}-01`;

let dataDir: string;
let host: Host;
let sdk: Sdk;
const lines: string[] = [];
const write = process.stdout.write;

before(async () => {
  sdk = registerSdk(Date.now);
  dataDir = await mkdtemp(join(tmpdir(), 'flow-traced-'));
  // The lines of the functions; what the test runner writes goes on.
  process.stdout.write = ((text: string, ...rest: never[]) => {
    if (typeof text !== 'string' || !text.startsWith('{"')) return write.call(process.stdout, text, ...rest);
    lines.push(text);
    return true;
  }) as typeof write;
  host = await startHost({ port: 0, dataDir, observed: { traces: 'otel', metrics: 'emf' } });
});
after(async () => {
  await host.close();
  process.stdout.write = write;
  await sdk.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Waiting {
  readonly items: readonly { readonly callbackUrl?: string }[];
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${host.url}${path}`)).json()) as T;
}

const statusOf = async () => (await get<{ status?: string }>('/executions/T-1')).status;

function post(url: string, body: object, trace: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'T-1', traceparent: traceparent(trace) };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('a traced stage', () => {
  let items: readonly HistoryItem[];

  before(async () => {
    const input = { ticket: 'T-1', amountCents: 50_000, reason: 'canary' };
    assert.equal((await post(`${host.url}/flows/refund-approval/executions`, { input }, CALLER)).status, 202);
    await until(async () => (await statusOf()) === 'waiting', 'waiting');
    const [wait] = (await get<Waiting>('/interrupts')).items;
    assert.ok(wait?.callbackUrl);
    const answer = await post(wait.callbackUrl, { value: { approved: true, note: 'canary' } }, ANSWERER);
    assert.equal(answer.status, 200);
    await until(async () => (await statusOf()) === 'completed', 'completed');
    ({ items } = await get<{ items: readonly HistoryItem[] }>('/executions/T-1/history'));
    await until(() => attemptsOf(sdk.spans()).length >= attemptsIn(items).length, 'spans');
    await until(() => emf().some((line) => line.Status === 'completed'), 'metrics');
  });

  const emf = (): EmfLine[] =>
    lines.filter((line) => line.startsWith('{"_aws"')).map((line) => emfLine.parse(JSON.parse(line)));

  it('has a span for each attempt of the history', () => {
    const expected = attemptsIn(items);
    assert.ok(expected.length >= 6, `only ${expected.length} attempts`);
    assert.deepEqual(attemptsOf(sdk.spans()).sort(byStart), expected.sort(byStart));
  });

  it('continues the traces of its callers, and links all traces of the execution', () => {
    const of = (trace: string) => sdk.spans().filter((span) => span.spanContext().traceId === trace);
    assert.deepEqual(
      of(CALLER).map(({ name }) => name),
      ['/flows/{flow}/executions'],
    );
    assert.deepEqual(
      of(ANSWERER).map(({ name }) => name),
      ['/callbacks/{token}'],
    );
    const sessions = sdk.spans().filter(({ name }) => name.startsWith('session '));
    const traces = [CALLER, ANSWERER, ...sessions.map((span) => span.spanContext().traceId)];
    assert.ok(new Set(traces).size >= 4);
    const linked = reached(of(CALLER).concat(sdk.spans()));
    assert.deepEqual(
      traces.filter((trace) => !linked.has(trace)),
      [],
    );
    const [callback] = of(ANSWERER);
    const asking = sdk.spans().find(({ name }) => name === 'chunk askManager');
    assert.ok(callback?.links.some(({ context }) => context.traceId === asking?.spanContext().traceId));
  });

  it('writes metrics in the embedded metric format', () => {
    const count = (metric: string, by: Readonly<Record<string, string>>) =>
      emf()
        .filter((line) => Object.entries(by).every(([name, text]) => line[name] === text))
        .flatMap((line) => line[metric] ?? [])
        .reduce((sum: number, value) => sum + Number(value), 0);
    const flow = { Flow: 'refund-approval' };
    assert.equal(count('ExecutionsStarted', flow), 1);
    assert.equal(count('ExecutionsClosed', { ...flow, Status: 'completed' }), 1);
    assert.ok(count('WriteUnits', flow) >= 5, `${count('WriteUnits', flow)} units`);
    assert.ok(emf().some(({ Queue, QueueAge }) => Queue === 'WakeQueue' && QueueAge !== undefined));
    assert.ok(emf().every((line) => line._aws.CloudWatchMetrics[0]?.Namespace === 'durable-triggerflow/local'));
  });

  it('names the trace in its log lines, and shows no value anywhere', () => {
    const spans = sdk.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    const [told] = lines.filter((line) => line.includes('refund settled')).map((line) => JSON.parse(line));
    const attempt = sdk.spans().find(({ name }) => name === 'chunk notify');
    assert.equal(told?.traceId, attempt?.spanContext().traceId);
    assert.deepEqual([told?.chunk, told?.attempt, told?.executionId], ['notify', 1, 'T-1']);
    assert.doesNotMatch(JSON.stringify(spans), /canary/);
    assert.doesNotMatch(lines.join(''), /canary/);
  });
});
