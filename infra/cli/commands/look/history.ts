/** Prints the history of an execution. */
import { path } from '../../api/api.ts';
import { type HistoryItem, HistoryPage } from '../../api/wire.ts';
import type { ServiceCommand } from '../../row.ts';
import { type Look, paint, type Tone } from '../../show/look.ts';
import { line } from '../../show/text.ts';
import { errorText, type Fault } from './show.ts';

const LIMIT = 100;
/** Seconds of a long poll. */
const WAIT = 20;

export const history: ServiceCommand = {
  kind: 'service',
  async *ask(api, given, look) {
    const follows = given.flag('follow');
    const chunk = given.maybe('chunk');
    let after = given.maybe('after') ?? '0';
    for (;;) {
      const query = { after, limit: LIMIT, chunk, wait: follows ? WAIT : undefined };
      const request = { method: 'GET', path: path`/executions/${given.text('execution')}/history`, query } as const;
      const page = await api.call(request, HistoryPage);
      if (page.items.length > 0)
        yield { data: page.items, text: page.items.map((item) => textOf(item, look)).join('') };
      const isLast = page.ended || (!follows && page.cursor === after);
      after = page.cursor;
      if (isLast) return;
    }
  },
};

const TONES: readonly (readonly [RegExp, Tone])[] = [
  [/_failed$|^expired$/, 'bad'],
  [/_succeeded$|^answered$/, 'good'],
  [/^(waiting|sleeping)$|_vanished$|_aborted$/, 'warn'],
  [/^attempt_started$/, 'busy'],
];

/** The fields of a record that every reader knows. */
interface Told extends Pick<HistoryItem, 'at' | 'type' | 'chunk' | 'node' | 'items' | 'attempt' | 'ms'> {
  readonly error?: Fault | undefined;
}

/** One line: time, what, where, and what there is to say about it. */
export function textOf(item: Told, look: Look): string {
  const { at, type, chunk, node, items } = item;
  const tone = TONES.find(([pattern]) => pattern.test(type))?.[1];
  const where = [chunk ?? node ?? '', items === undefined ? '' : `[${items}]`].filter((each) => each !== '').join(' ');
  const about = partsOf(item).join(', ');
  const head = `${paint(look, 'quiet', at)}  ${paint(look, tone, type.padEnd(17))}`;
  return `${[head, line(where), about].filter((each) => each !== '').join('  ')}\n`;
}

function partsOf(item: Told): readonly string[] {
  const { attempt, ms, error } = item;
  const fields: Readonly<Record<string, unknown>> = { ...item };
  const { status, nextAt, until, interruptId, actor, reason, signal, source, action, how, count } = fields;
  const word = (value: unknown, before = '') => (value === undefined ? [] : [`${before}${line(String(value))}`]);
  const values = ['input', 'output', 'value'].flatMap((name) =>
    fields[name] === undefined ? [] : [`${name} ${line(JSON.stringify(fields[name]), 100)}`],
  );
  return [
    ...word(status),
    ...(attempt === undefined || attempt === 1 ? [] : [`attempt ${attempt}`]),
    ...word(signal),
    ...word(source, 'from '),
    ...word(interruptId),
    ...word(action),
    ...word(actor, 'by '),
    ...(ms === undefined ? [] : [`${ms} ms`]),
    ...(error ? [errorText({ ...error, chunk: undefined })] : []),
    ...word(reason),
    ...word(how),
    ...word(count),
    ...word(nextAt, 'again at '),
    ...word(until, 'until '),
    ...values,
  ];
}
