/** Answers a wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, path } from '../../api/api.ts';
import { Acted, View, type Wait } from '../../api/wire.ts';
import { CliError } from '../../problems.ts';
import { programName } from '../../program-name.ts';
import { once } from '../../row.ts';
import { UsageError } from '../../usage.ts';
import { filled, pausedNote } from './acts.ts';

/** Milliseconds between looks for a wait that is still to come. */
const PAUSE = 300;

export const answer = once(async (api, given, look) => {
  const executionId = given.text('execution');
  const value = await given.json('value');
  if (value === undefined) throw new UsageError('Give the answer: --value with JSON.');
  const within = given.number('within', 0, 86_400) ?? 0;
  const named = given.maybe('wait');
  const isKnown = named !== undefined && within === 0;
  const wait = isKnown ? { interruptId: named } : await pending(api, executionId, named, within);
  const generation = given.number('generation', 0, 999_999_999) ?? wait.generation;
  const body = filled({ value, actor: given.maybe('actor'), generation });
  const to = path`/executions/${executionId}/interrupts/${wait.interruptId}`;
  const got = await api.call({ method: 'POST', path: to, body, key: given.maybe('id') ?? null }, Acted);
  const note = look.isJson ? '' : await pausedNote(api, executionId);
  return { data: [got], text: `${executionId} has the answer to ${wait.interruptId}.\n${note}` };
});

type Asked = Pick<Wait, 'interruptId'> & { readonly generation?: number | undefined };

/** The wait that is meant: the named one, or the only one. */
async function pending(api: Api, executionId: string, named: string | undefined, within: number): Promise<Asked> {
  const end = performance.now() + within * 1_000;
  for (;;) {
    const view = await api.call({ method: 'GET', path: path`/executions/${executionId}` }, View);
    const found = view.interrupts.filter(({ interruptId }) => named === undefined || interruptId === named);
    const [first, ...others] = found;
    if (first && others.length === 0) return first;
    if (first) throw new UsageError(`${executionId} waits for several answers. Name one: ${namesOf(found)}.`);
    const isOver = view.lifecycle === 'closed' || performance.now() >= end;
    if (isOver) {
      const what = named === undefined ? 'no answer' : `no answer to ${named}`;
      const how = `"${programName()} approvals" lists what does.`;
      throw new CliError('conflict', `${executionId} is ${view.status} and waits for ${what}. ${how}`);
    }
    await sleep(PAUSE);
  }
}

function namesOf(waits: readonly Wait[]): string {
  return waits.map(({ interruptId }) => interruptId).join(', ');
}
