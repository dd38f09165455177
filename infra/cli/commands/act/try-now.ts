/** Makes due at once what waits for its retry or sleeps. */
import { type Api, path } from '../../api/api.ts';
import { Outcome, View } from '../../api/wire.ts';
import type { Given } from '../../given.ts';
import { CliError } from '../../problems.ts';
import { once } from '../../row.ts';
import { line, many } from '../../show/text.ts';
import { filled } from './acts.ts';

const STATES = new Set(['retrying', 'sleeping']);

export const tryNow = once(async (api, given) => {
  const id = given.text('execution');
  const named = given.maybe('activation');
  const activations = named === undefined ? await waiting(api, id) : [named];
  const answers = [];
  for (const activation of activations) answers.push(await makeDue(api, id, activation, given));
  const due = answers.filter(({ outcome }) => outcome === 'applied').length;
  const rest = answers.length - due;
  const more = rest > 0 ? `; ${many(rest, 'activation')} waited no more` : '';
  return { data: answers, text: `${line(id)} tries ${many(due, 'activation')} now${more}.\n` };
});

function makeDue(api: Api, id: string, activation: string, given: Given) {
  const body = filled({ actor: given.maybe('actor') });
  return api.call({ method: 'POST', path: path`/executions/${id}/activations/${activation}/due`, body }, Outcome);
}

/** All that the view shows. @throws CliError when there is nothing */
async function waiting(api: Api, id: string): Promise<readonly string[]> {
  const { doing = [], status } = await api.call({ method: 'GET', path: path`/executions/${id}` }, View);
  const found = doing.filter(({ state }) => STATES.has(state)).map(({ activationId }) => activationId);
  if (found.length > 0) return found;
  throw new CliError('conflict', `${id} is ${status}; nothing in it waits for a retry or sleeps.`);
}
