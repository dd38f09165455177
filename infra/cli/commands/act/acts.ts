/** Acts on executions: one call each. The service confirms acceptance. */
import { type Api, path, type Request } from '../../api/api.ts';
import { Intervened, Outcome, View } from '../../api/wire.ts';
import type { Given } from '../../given.ts';
import { programName } from '../../program-name.ts';
import { once, type Part } from '../../row.ts';
import { UsageError } from '../../usage.ts';

/** The text for each outcome follows the id of the execution. */
const OUTCOMES: Readonly<Record<string, string>> = {
  accepted: 'accepted it',
  duplicate: 'had accepted it before; nothing was done again',
  already: 'was so before; nothing changed',
  closing: 'ends once its work is done',
  closed: 'has ended',
  redriven: 'tries again what had failed',
  erasing: 'is being erased, and all that belongs to it',
  withdrawn: 'waits for that answer no more',
};

const idOf = (given: Given) => given.text('execution');

/** @param applied completes "T-1 …" when the service says that it has done it */
export async function act(api: Api, request: Request, applied = 'has changed'): Promise<Part> {
  const answer = await api.call(request, Outcome);
  const { executionId, outcome } = answer;
  const said = outcome === 'applied' ? applied : (OUTCOMES[outcome] ?? `answered ${outcome}`);
  return { data: [answer], text: `${executionId} ${said}.\n` };
}

/** Fields that have a value. */
export function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Says of a paused execution that what it accepted waits. Empty also where the caller may not read. */
export async function pausedNote(api: Api, executionId: string): Promise<string> {
  const request = { method: 'GET', path: path`/executions/${executionId}` } as const;
  const view = await api.call(request, View).catch(() => undefined);
  if (view?.status !== 'paused') return '';
  return `It is paused: nothing continues until "${programName()} unpause ${executionId}".\n`;
}

export const signal = once(async (api, given, look) => {
  const body = filled({ value: await given.json('value'), correlation: given.maybe('correlation') });
  const to = path`/executions/${idOf(given)}/signals/${given.text('signal')}`;
  const part = await act(api, { method: 'POST', path: to, body, key: given.maybe('id') });
  return look.isJson ? part : { ...part, text: part.text + (await pausedNote(api, idOf(given))) };
});

export const withdraw = once(async (api, given) => {
  const body = filled({ generation: given.number('generation', 0, 999_999_999), actor: given.maybe('actor') });
  const to = path`/executions/${idOf(given)}/interrupts/${given.text('wait')}/withdraw`;
  return act(api, { method: 'POST', path: to, body });
});

export const intervene = once(async (api, given) => {
  const payload = await given.json('payload');
  if (payload === undefined) throw new UsageError('Give what to add: --payload with JSON.');
  const [target, note, author] = ['target', 'note', 'author'].map((name) => given.maybe(name));
  const to = path`/executions/${idOf(given)}/interventions`;
  const body = filled({ payload, target, note, author });
  const answer = await api.call({ method: 'POST', path: to, body, key: given.maybe('id') }, Intervened);
  const text = `${answer.executionId} took intervention ${answer.version}, which is ${answer.status}.\n`;
  return { data: [answer], text };
});

export const seal = once((api, given) =>
  act(api, { method: 'POST', path: path`/executions/${idOf(given)}/seal` }, 'takes no more signals'),
);

export const unseal = once((api, given) =>
  act(api, { method: 'POST', path: path`/executions/${idOf(given)}/unseal` }, 'takes signals again'),
);

/** An act whose only content is who does it. */
const byActor = (word: 'pause' | 'unpause', applied: string) =>
  once((api, given) => {
    const body = filled({ actor: given.maybe('actor') });
    return act(api, { method: 'POST', path: `${path`/executions/${idOf(given)}`}/${word}`, body }, applied);
  });

export const pause = byActor('pause', 'is paused: running chunks end, nothing starts');

export const unpause = byActor('unpause', 'continues');

export const cancel = once((api, given) => {
  const body = filled({ reason: given.maybe('reason'), actor: given.maybe('actor') });
  return act(api, { method: 'POST', path: path`/executions/${idOf(given)}/cancel`, body }, 'was cancelled');
});

export const close = once((api, given) => {
  const body = given.flag('cancel-waits') ? { pendingInterrupts: 'cancel' } : {};
  return act(api, { method: 'POST', path: path`/executions/${idOf(given)}/close`, body });
});

export const redrive = once((api, given) => {
  const body = filled({ actor: given.maybe('actor') });
  return act(api, { method: 'POST', path: path`/executions/${idOf(given)}/redrive`, body, key: given.maybe('id') });
});

export const fork = once(async (api, given) => {
  const body = filled({ activationId: given.maybe('activation'), actor: given.maybe('actor') });
  const to = path`/executions/${idOf(given)}/forks`;
  const answer = await api.call({ method: 'POST', path: to, body, key: given.maybe('id') }, Outcome);
  const how = answer.outcome === 'exists' ? 'was made before from' : 'tries again what had failed in';
  return { data: [answer], text: `The copy ${answer.executionId} ${how} ${idOf(given)}.\n` };
});

export const rerun = once(async (api, given) => {
  const body = filled({
    from: given.text('activation'),
    input: await given.json('input'),
    actor: given.maybe('actor'),
  });
  const to = path`/executions/${idOf(given)}/rerun`;
  const answer = await api.call({ method: 'POST', path: to, body, key: given.maybe('id') }, Outcome);
  const how = answer.outcome === 'exists' ? 'was made before from' : 'runs from that activation of';
  return { data: [answer], text: `The copy ${answer.executionId} ${how} ${idOf(given)}.\n` };
});
