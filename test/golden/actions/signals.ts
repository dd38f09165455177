/** Host calls for signals, shared data and interventions. */
import { GoldenError, text } from '../format.ts';
import type { Act } from '../play/host.ts';

/** A sealed or closed execution answers `ignored`; the original warns. */
export const emit: Act = async (host, action) => {
  const handle = host.handle(action);
  const before = await handle.view();
  await host.client(action).signal(handle.id, text(action.event, 'event'), action.value ?? null);
  await host.quiet(action, handle, { before, raises: action.do === 'emit' });
  return undefined;
};

export const setFlowData: Act = async (host, action) => {
  const data = host.client(action).flowData(host.handle(action).flow);
  const options = action.warn === true ? {} : { noWarning: true as const };
  await data.set(text(action.key, 'key'), action.value ?? null, options);
  return undefined;
};

export const setState: Act = async (host, action) => {
  const handle = host.handle(action);
  const before = await handle.view();
  await host
    .client(action)
    .state(handle.id)
    .set(text(action.key, 'key'), action.value ?? null);
  await host.quiet(action, handle, { before });
  return undefined;
};

export const intervene: Act = async (host, action) => {
  const { target, author, note } = action;
  const answer = await host.client(action).intervene(host.handle(action).id, action.payload ?? null, {
    ...(target === undefined ? {} : { target: text(target, 'target') }),
    ...(author === undefined ? {} : { author: text(author, 'author') }),
    ...(note === undefined ? {} : { note: text(note, 'note') }),
  });
  if (answer.kind === 'unknown') throw new GoldenError('no_execution');
  const { version, status } = answer;
  return { intervention: { version, status } };
};
