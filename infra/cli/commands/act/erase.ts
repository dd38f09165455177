/** Deletes an execution. */
import { path } from '../../api/api.ts';
import { confirm } from '../../ask.ts';
import { once } from '../../row.ts';
import { act, filled } from './acts.ts';

export const erase = once(async (api, given) => {
  const id = given.text('execution');
  const to = path`/executions/${id}`;
  if (!given.flag('yes')) await confirm(id, 'erase it');
  return act(api, { method: 'DELETE', path: to, body: filled({ actor: given.maybe('actor') }) });
});
