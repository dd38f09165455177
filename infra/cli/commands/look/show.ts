/** Shows one execution. */
import { path } from '../../api/api.ts';
import { isUnsuccessful, secondsOf, viewAfter } from '../../api/until.ts';
import { type Doing, View, type Wait } from '../../api/wire.ts';
import { programName } from '../../program-name.ts';
import { once } from '../../row.ts';
import { bar } from '../../show/bar.ts';
import { type Look, paint, toneOf } from '../../show/look.ts';
import { json, line, list, since, when } from '../../show/text.ts';

export const show = once(async (api, given, look) => {
  const id = given.text('execution');
  const seconds = secondsOf(given);
  if (seconds === undefined) {
    const view = await api.call({ method: 'GET', path: path`/executions/${id}` }, View);
    return { data: [view], text: viewText(view, look) };
  }
  const view = await viewAfter(api, id, seconds);
  return { data: [view], text: viewText(view, look), isFailed: isUnsuccessful(view) };
});

export function viewText(view: View, look: Look): string {
  const { error, failed = [], interrupts, doing = [] } = view;
  const busy = doing.filter(({ state }) => state !== 'waiting' || interrupts.length === 0);
  return list(
    [
      ['execution', paint(look, 'strong', line(view.executionId))],
      ['flow', line(view.flow)],
      ['status', statusText(view, look)],
      ['started', when(view.createdAt, look)],
      ['ended', when(view.closedAt, look)],
      ['kept until', view.keptUntil],
      ['forked from', view.forkedFrom],
      ['rerun from', view.rerunFrom],
      ['paused by', view.pausedBy?.actor],
      ['sleeps until', view.sleepsUntil],
      ['attributes', attributesText(view)],
      ['error', error && errorText(error)],
      ['failed', failed.map(({ chunk, activationId }) => `${chunk} (${activationId})`).join('\n')],
      ['waits', interrupts.map((wait) => waitText(wait, look)).join('\n')],
      ['lists', (view.lists ?? []).map((each) => `${line(each.node)} ${bar(each, look)}`).join('\n')],
      ['joins', (view.joins ?? []).map(joinText).join('\n')],
      ['doing', busy.map((each) => doingText(each, look)).join('\n')],
      ['input', view.input === undefined || view.input === null ? undefined : json(view.input)],
      ['state', isEmpty(view.state) ? undefined : json(view.state)],
      ['result', isEmpty(view.result) ? undefined : json(view.result)],
      ['left out', view.omitted?.join(', ')],
      ['next', nextOf(view)],
    ],
    look,
  );
}

function attributesText({ attributes = {} }: View): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${line(name)}=${line(String(value))}`)
    .join('  ');
}

function joinText({ node, have, missing = [] }: NonNullable<View['joins']>[number]): string {
  const names = (list: readonly string[]) =>
    list.length === 0 ? 'nothing' : list.map((each) => line(each)).join(', ');
  return `${line(node)} has ${names(have.map(({ name }) => name))}, lacks ${names(missing)}`;
}

function statusText({ status, lifecycle, closeReason, cancelReason }: View, look: Look): string {
  const more = [
    lifecycle === 'sealed' ? 'sealed' : '',
    closeReason === 'manual' ? 'by a close' : '',
    cancelReason ?? '',
  ];
  const said = more.filter((each) => each !== '').join(', ');
  return paint(look, toneOf(status), status) + (said === '' ? '' : ` (${line(said)})`);
}

export interface Fault {
  readonly name: string;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly chunk?: string | undefined;
}

export function errorText({ name, message, code, chunk }: Fault): string {
  const where = chunk === undefined ? '' : `${chunk}: `;
  return `${where}${line(message ?? name, 400)}${code === undefined ? '' : ` (${line(code)})`}`;
}

function waitText({ interruptId, type, payload, createdAt, expiresAt, generation = 0 }: Wait, look: Look): string {
  const asked = [
    createdAt === undefined ? '' : `asked ${since(createdAt, look)}`,
    expiresAt === undefined ? '' : `until ${expiresAt}`,
    generation > 0 ? `generation ${generation}` : '',
  ];
  const about = [line(type ?? ''), ...asked].filter((each) => each !== '').join(', ');
  return `${line(interruptId)} (${about})${payload === undefined || payload === null ? '' : `\n${json(payload)}`}`;
}

export function doingText({ chunk, node, items, state, attempt, error, nextAt, until, since: at }: Doing, look: Look) {
  const parts = [
    (attempt ?? 1) > 1 ? `attempt ${attempt}` : '',
    at === undefined ? '' : `since ${since(at, look).replace(/ ago$/, '')}`,
    error ? `after ${line(error.message ?? error.name, 120)}` : '',
    nextAt === undefined ? '' : `again at ${nextAt}`,
    until === undefined ? '' : `until ${until}`,
  ].filter((each) => each !== '');
  const name = `${chunk ?? node}${items === undefined ? '' : ` [${items}]`}`;
  return `${line(name)} ${paint(look, toneOf(state), state)}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`;
}

/** The command that a reader probably needs next. */
function nextOf({ executionId, status, interrupts: [wait] }: View): string | undefined {
  const program = programName();
  if (status === 'paused') return `${program} unpause ${executionId}`;
  if (wait) return `${program} answer ${executionId} ${wait.interruptId} --value …`;
  return status === 'failed' ? `${program} redrive ${executionId}` : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
