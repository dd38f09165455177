/** Starts an execution. */
import { path } from '../../api/api.ts';
import { isUnsuccessful, secondsOf, viewAfter } from '../../api/until.ts';
import { Started } from '../../api/wire.ts';
import { programName } from '../../program-name.ts';
import { once } from '../../row.ts';
import { viewText } from '../look/show.ts';

export const start = once(async (api, given, look) => {
  const seconds = secondsOf(given);
  const flow = given.text('flow');
  const [input, options] = [await given.json('input'), await given.json('options')];
  const body = { ...(input === undefined ? {} : { input }), ...(options === undefined ? {} : { options }) };
  const request = { method: 'POST', path: path`/flows/${flow}/executions`, body, key: given.maybe('id') } as const;
  const answer = await api.call(request, Started);
  const { executionId, status } = answer;
  if (seconds !== undefined) {
    const view = await viewAfter(api, executionId, seconds);
    return { data: [view], text: viewText(view, look), isFailed: isUnsuccessful(view) };
  }
  return {
    data: [answer],
    text: `Started ${flow} as ${executionId}, which is ${status}. Look: ${programName()} show ${executionId}\n`,
  };
});
