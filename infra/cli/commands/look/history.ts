/** Prints the history of an execution. */
import { z } from 'zod';
import { type Api, path } from '../../api/api.ts';
import { type HistoryItem, HistoryPage } from '../../api/wire.ts';
import { CliError } from '../../problems.ts';
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
    const [executionId, chunk] = [given.text('execution'), given.maybe('chunk')];
    let after = given.maybe('after') ?? '0';
    let isChecked = chunk === undefined;
    for (;;) {
      const query = { after, limit: LIMIT, chunk, wait: follows && isChecked ? WAIT : undefined };
      const request = { method: 'GET', path: path`/executions/${executionId}/history`, query } as const;
      const page = await api.call(request, HistoryPage);
      const [isEmpty, isLast] = [page.items.length === 0, page.ended || (!follows && page.cursor === after)];
      if (!isEmpty) {
        const text = page.items.map((item) => textOf(item, look)).join('');
        yield { data: page.items, text, isOpen: follows && !isLast };
      }
      if (!isChecked && chunk !== undefined && isEmpty) await checkChunk(api, executionId, chunk);
      isChecked = true;
      after = page.cursor;
      if (isLast) return;
    }
  },
};

/** @throws CliError if the flow of the execution has no such chunk */
async function checkChunk(api: Api, executionId: string, chunk: string): Promise<void> {
  const { graph } = await api.call({ method: 'GET', path: path`/executions/${executionId}/graph` }, Graph);
  const names = [...new Set(chunksIn(graph))];
  if (names.includes(chunk)) return;
  throw new CliError('notFound', `${executionId} has no chunk ${line(chunk)}. Its flow has ${names.join(', ')}.`);
}

const Graph = z.looseObject({ graph: z.unknown() });

/** Names of the chunks of a graph and of the sub-flows in it. */
function chunksIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { kind, chunk } = value as { readonly kind?: unknown; readonly chunk?: unknown };
  const own = kind === 'chunk' && typeof chunk === 'string' ? [chunk] : [];
  return [...own, ...Object.values(value).flatMap(chunksIn)];
}

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
