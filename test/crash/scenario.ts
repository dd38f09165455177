/** The scenario during the kills: an execution is started over HTTP, pauses, is answered and has to end correctly. */
import { isDeepStrictEqual } from 'node:util';
import { SYSTEM_CHUNK } from '../../lib/runtime/worker/outbox.ts';
import { call, type Reply, until } from './door.ts';
import type { Service } from './lane.ts';

export interface Scenario {
  readonly flow: string;
  readonly input: unknown;
  /** The answer to its interrupt. */
  readonly value: unknown;
  /** Another answer, which comes too late. */
  readonly other: unknown;
  /** The problems of an execution that ended with this close snapshot. */
  check(service: Service, executionId: string, result: unknown): Promise<string[]>;
}

async function driveOrThrow(service: Pick<Service, 'url'>, executionId: string, scenario: Scenario): Promise<string[]> {
  const { url } = service;
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => {
    if (!holds) problems.push(`${executionId}: ${problem}`);
  };

  const begin = { method: 'POST', key: executionId, body: { input: scenario.input } } as const;
  const started = await call(`${url}/flows/${scenario.flow}/executions`, begin);
  expect(started.status === 202 || started.status === 200, `start answered ${show(started)}`);

  const callback = await until(async () => {
    const { items = [] } = json(await call(`${url}/interrupts`)) as { items?: Record<string, string>[] };
    return items.find((item) => item.executionId === executionId)?.callbackUrl;
  }, `${executionId} waits`);

  const answer = {
    method: 'POST',
    key: `answer-${executionId}`,
    body: { value: scenario.value, actor: 'crash' },
  } as const;
  const accepted = await call(callback, answer);
  expect(accepted.status === 200, `callback answered ${show(accepted)}`);
  const repeat = async (when: string) => {
    const again = await call(callback, answer);
    expect(again.status === 200 && again.replayed, `the same callback ${when} answered ${show(again)}`);
    expect(again.text === accepted.text, `the same callback ${when} answered ${again.text}, first ${accepted.text}`);
    const late = await call(callback, { method: 'POST', key: `late-${executionId}`, body: { value: scenario.other } });
    expect(late.status === 409, `another callback ${when} answered ${show(late)}`);
  };
  await repeat('at once');

  const closed = await until(async () => {
    const view = json(await call(`${url}/executions/${executionId}`)) as Record<string, unknown>;
    return view.lifecycle === 'closed' ? view : undefined;
  }, `${executionId} is closed`);
  expect(closed.status === 'completed', `is ${closed.status}: ${JSON.stringify(closed.error)}`);
  await repeat('after the end');
  const restarted = await call(`${url}/flows/${scenario.flow}/executions`, begin);
  expect(restarted.status < 300, `the same start after the end answered ${show(restarted)}`);
  return problems;
}

/** The problems at the end of an execution, in its answers and its side effects. Never rejects. */
export async function verify(service: Service, executionId: string, scenario: Scenario): Promise<string[]> {
  try {
    const view = json(await call(`${service.url}/executions/${executionId}`)) as Record<string, unknown>;
    return await scenario.check(service, executionId, view.result);
  } catch (error) {
    return [`${executionId}: ${String(error)}`];
  }
}

/** Drives an execution to its end as a patient caller. Returns the problems on the way; never rejects. */
export function drive(service: Pick<Service, 'url'>, executionId: string, scenario: Scenario): Promise<string[]> {
  return driveOrThrow(service, executionId, scenario).catch((error: unknown) => [`${executionId}: ${String(error)}`]);
}

const REASON = `It came broken. ${'The box was dented, the lid was loose. '.repeat(12)}`.trim();
const DECISION = { approved: true, note: 'fine' };

/** The flow of `npm start`. The reason is long enough to be stored outside the head. */
export const refund: Scenario = {
  flow: 'refund-approval',
  input: { ticket: 'T-1', amountCents: 50_000, reason: REASON },
  value: DECISION,
  other: { approved: false },
  async check(service, executionId, result) {
    const problems: string[] = [];
    const expect = (holds: boolean, problem: string) => {
      if (!holds) problems.push(`${executionId}: ${problem}`);
    };
    const decision = { ...DECISION, by: 'manager' };
    expect(isDeepStrictEqual(result, { decision }), `result ${JSON.stringify(result)}`);

    const { head } = (await service.stores.executions.load(executionId)) ?? {};
    const all = await service.stores.streams.read({ executionId, inc: head?.inc ?? '' }, 0, 100);
    const items = all.filter(({ chunk }) => chunk !== SYSTEM_CHUNK);
    const actions = all.filter((each) => !items.includes(each)).map(({ item }) => (item as { action?: string }).action);
    expect(isDeepStrictEqual(actions, ['pause', 'resume']), `system items ${actions.join(', ')}`);
    const notice = { ...decision, executionId };
    expect(items.length > 0, 'no notice in the stream');
    expect(
      items.every(({ item }) => isDeepStrictEqual(item, { notice })),
      `stream ${JSON.stringify(items)}`,
    );
    const activations = new Set(items.map(({ id }) => id.split(':')[0]));
    expect(activations.size <= 1, `notices of ${activations.size} activations`);
    expect(new Set(items.map(({ attempt }) => attempt)).size === items.length, 'two notices of one attempt');

    const logged = service.logs.filter((entry) => entry.message === 'refund settled');
    const keys = new Set(
      logged.filter((entry) => entry.executionId === executionId).map((entry) => entry.idempotencyKey),
    );
    const wanted = [...activations].map((activation) => `${executionId}/${activation}`);
    expect(isDeepStrictEqual([...keys], wanted), `logged with the keys ${[...keys].join(', ')}`);
    return problems;
  },
};

function json(reply: Reply): unknown {
  if (reply.status !== 200) throw new Error(`answered ${show(reply)}`);
  return JSON.parse(reply.text);
}

function show({ status, text }: Reply): string {
  return `${status} ${text.slice(0, 300)}`;
}
