/** The functions under the permissions of their roles, which emulators do not check; and the metric filters over their logs. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startEmbedded } from '../../../infra/local/endpoint/embedded.ts';
import { startHost } from '../../../infra/local/host.ts';
import { HANG_MS } from '../../limits.ts';
import { until } from '../../local/support.ts';
import { type FunctionThread, startThread } from '../../servers/functions/function-thread.ts';
import { type Packaged, packageAside } from '../packaged.ts';
import { ANNOUNCED } from './app.ts';
import { openGuard } from './guard.ts';

/** Milliseconds. */
const PATIENCE = 60_000;
const FUNCTIONS = ['api', 'callback', 'step', 'announce', 'schedule'] as const;
type Name = (typeof FUNCTIONS)[number];
const idOf = (fn: string) => `${fn.slice(0, 1).toUpperCase()}${fn.slice(1)}`;

let template: Packaged;
let url: string;
let invoke: (fn: string, event: unknown) => Promise<unknown>;
const threads = new Map<string, FunctionThread>();
const made = new Map<string, Set<string>>(FUNCTIONS.map((fn) => [fn, new Set()]));
const refused: string[] = [];
const cleanup: (() => unknown)[] = [];

before(async () => {
  template = await packageAside();
  const dataDir = await mkdtemp(join(tmpdir(), 'flow-permissions-'));
  cleanup.push(() => rm(dataDir, { recursive: true, force: true }));
  const embedded = await startEmbedded();
  cleanup.push(embedded.close);
  const guards = new Map<string, string>();
  for (const fn of FUNCTIONS) {
    const allowed = allowedTo(fn);
    const guard = await openGuard(embedded.endpoint, (call) => {
      made.get(fn)?.add(call);
      if (!allowed.has(call)) refused.push(`${fn}: ${call}`);
      return allowed.has(call);
    });
    cleanup.push(guard.close);
    guards.set(fn, guard.endpoint);
  }
  const host = await startHost({
    port: 0,
    dataDir,
    endpoint: embedded.endpoint,
    // Long, for a loaded machine.
    env: { LEASE_MS: '20000' },
    app: fileURLToPath(new URL('app.ts', import.meta.url)),
    async load(fn, file, exported) {
      const thread = startThread(file, exported, { AWS_ENDPOINT_URL: guards.get(fn) ?? '' });
      threads.set(fn, thread);
      cleanup.push(thread.close);
      return thread.handler;
    },
  });
  cleanup.push(host.close);
  ({ url, invoke } = host);
});
after(async () => {
  for (const end of cleanup.reverse()) await end();
});

const Statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.unknown().transform((resource) => [resource].flat()),
});
const Role = z.object({
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(Statement) }) })),
});

/** `<action> <logical id of the resource>`, with the index, where it is one. */
function allowedTo(fn: Name): ReadonlySet<string> {
  const { Policies } = Role.parse(template.named(`${idOf(fn)}Role`).properties);
  const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const nameOf = (resource: unknown) => {
    const { 'Fn::GetAtt': get, 'Fn::Sub': sub } = resource as { 'Fn::GetAtt'?: string[]; 'Fn::Sub'?: string };
    return get?.[0] ?? sub?.replace(/^\$\{(\w+)\.Arn\}/, '$1') ?? '';
  };
  return new Set(
    statements.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((resource) => `${action} ${nameOf(resource)}`)),
    ),
  );
}

async function call(method: string, path: string, body?: unknown, id?: string): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(id === undefined ? {} : { 'idempotency-key': id }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetch(path.startsWith('http') ? path : `${url}${path}`, init);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
}

const start = (flow: string, id: string, input: unknown) => call('POST', `/flows/${flow}/executions`, { input }, id);
const view = async (id: string) =>
  (await call('GET', `/executions/${id}`)) as { status: string; state: Record<string, unknown> };
const reaches = (id: string, status: string) =>
  until(async () => (await view(id)).status === status || refused.length > 0, `${id} is ${status}`, PATIENCE);

test('no call of a function exceeds its role', { timeout: HANG_MS }, async () => {
  const long = 'long enough to be kept beside the head, '.repeat(20);
  await start('board', 'reader', null);
  await reaches('reader', 'idle');
  await start('board', 'writer', 'hello');
  await start('files', 'file', long);
  await start('fails', 'failing', null);
  await start('talk', 'talk', null);
  // More answers than the head keeps for duplicates.
  const say = (i: number) => call('POST', '/executions/talk/signals/say', { value: { word: `w${i}` } }, `s-${i}`);
  for (let i = 0; i < 72; i += 8) await Promise.all(Array.from({ length: 8 }, (_, more) => say(i + more)));
  await call('POST', '/executions/talk/signals/ask', { value: null });
  await call('GET', '/executions/talk/stream?wait=0');
  await until(async () => (await call('GET', '/interrupts')).items?.toString() !== '', 'a question', PATIENCE);
  const [wait] = (await call('GET', '/interrupts')).items as { interruptId: string }[];
  const links = `/executions/talk/interrupts/${wait?.interruptId}/links`;
  const { linkId } = await call('POST', links, {});
  await call('DELETE', `${links}/${linkId}`);
  const { callbackUrl } = await call('POST', links, { to: 'ann' });
  for (let i = 0; i < 2; i += 1) await call('POST', String(callbackUrl), { value: { word: long } }, 'answer');
  await until(() => threads.get('announce')?.output().includes(ANNOUNCED) === true, 'the announcement', PATIENCE);
  await until(async () => (await view('reader')).state.heard === 'hello' || refused.length > 0, 'the note', PATIENCE);
  await reaches('file', 'completed');
  await reaches('failing', 'failed');
  await call('GET', '/executions?flow=board');
  await call('GET', '/executions/talk/snapshot');
  await call('POST', '/executions/failing/forks', {});
  await call('POST', '/executions/failing/redrive', {});
  const at = { schedule: 'x', scheduledTime: '2026-01-01T00:00:00Z' };
  await invoke('schedule', { start: { flow: 'files', ...at, input: long } });
  await invoke('schedule', {});
  assert.deepEqual(refused, []);
});

/** Functions of the version before load heads so, until an upgrade of the stack has replaced them. */
const HEAD_OF_BEFORE = 'dynamodb:GetItem FlowTable';

/** Permissions beyond the calls above, with the reason. */
const RARE: Readonly<Record<Name, readonly string[]>> = {
  api: [],
  // Answers that are too large for the head, and more of them than it keeps. A wake-up is not sent where one is under way.
  callback: [
    ...[HEAD_OF_BEFORE, 'dynamodb:BatchGetItem FlowTable', 'dynamodb:BatchWriteItem FlowTable'],
    'sqs:SendMessage WakeQueue',
  ],
  // More answers and signals than the head keeps; what Lambda does itself with the rights of the function.
  step: [
    'dynamodb:BatchWriteItem FlowTable',
    ...['sqs:ReceiveMessage WakeQueue', 'sqs:DeleteMessage WakeQueue', 'sqs:GetQueueAttributes WakeQueue'],
  ],
  // More answers and signals than the head keeps, and values that are large; what Lambda does itself.
  announce: [
    ...[HEAD_OF_BEFORE, 'dynamodb:BatchGetItem FlowTable', 'dynamodb:Query FlowTable', 'dynamodb:PutItem FlowTable'],
    ...['dynamodb:BatchWriteItem FlowTable', 'sqs:SendMessage WakeQueue'],
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].map((call) => `${call} AnnounceQueue`),
  ],
  // A scheduled start redelivered late in its execution's life; events that Lambda discards.
  schedule: [
    ...[HEAD_OF_BEFORE, 'dynamodb:BatchGetItem FlowTable', 'dynamodb:Query FlowTable'],
    'dynamodb:BatchWriteItem FlowTable',
    'sqs:SendMessage ScheduleDeadLetterQueue',
  ],
};

test('roles have no unused permission on table and queues', () => {
  for (const fn of FUNCTIONS) {
    const granted = [...allowedTo(fn)].filter((each) => /^(dynamodb|sqs):/.test(each));
    const unused = granted.filter((each) => !made.get(fn)?.has(each) && !RARE[fn].includes(each));
    assert.deepEqual(unused, [], fn);
  }
});

test('the metric filters match the logs of the functions', () => {
  const patternOf = (id: string) => String(template.named(id).properties.FilterPattern);
  const linesOf = (fn: Name) => (threads.get(fn)?.output() ?? '').split('\n').filter((line) => line.startsWith('{'));
  const matches = (id: string, fn: Name) => {
    const wanted = [...patternOf(id).matchAll(/\$\.(\w+) = "([^"]+)"/g)].map(([, name = '', value]) => [name, value]);
    assert.ok(wanted.length > 0, id);
    const fits = (line: string) => {
      const fields = JSON.parse(line) as Record<string, unknown>;
      return wanted.every(([name, value]) => fields[name ?? ''] === value);
    };
    return linesOf(fn).filter(fits).length;
  };
  assert.ok(matches('FailedExecutionsMetric', 'step') >= 1);
  assert.equal(matches('ScheduledExecutionsMetric', 'schedule'), 1);
  // By its code, which an error of a chunk lacks.
  assert.equal(matches('HopBudgetMetric', 'step'), 0);
  assert.match(patternOf('HopBudgetMetric'), /\$\.code = "hop_budget"/);
  assert.ok(linesOf('step').some((line) => line.includes('"execution failed"') && line.includes('"code":null')));
});
