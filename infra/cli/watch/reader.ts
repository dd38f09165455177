/** Everything that is known about an execution: its view, its graph, and the records of its history. */
import { z } from 'zod';
import type { HistorySummary, Item, View } from '../../../lib/console/api/history.ts';
import type { Definition } from '../../../lib/console/api/wire.ts';
import { draw } from '../../../lib/console/graph/draw.ts';
import type { Drawing } from '../../../lib/console/graph/drawing.ts';
import { activityOf } from '../../../lib/console/live/activity.ts';
import { complete } from '../../../lib/console/live/complete.ts';
import { type NodeLive, nodeStates } from '../../../lib/console/live/node-state.ts';
import { type Api, path } from '../api/api.ts';
import { CliError } from '../problems.ts';

export interface Seen {
  readonly view: View;
  readonly drawing: Drawing;
  readonly states: ReadonlyMap<string, NodeLive>;
  /** Records that have come since the last look. */
  readonly news: readonly Item[];
}

const PAGE = 100;
/** Records that are all read; those of a longer history are counted by its summary. */
const MOST = 1_500;

/** Checked as far as the code of the console, which reads them, relies on it. */
const withFields = <T>(...fields: readonly string[]) =>
  z.custom<T>((value) => typeof value === 'object' && value !== null && fields.every((field) => field in value));
const ViewAnswer = withFields<View>('executionId', 'status', 'lifecycle', 'interrupts');
const DefinitionAnswer = withFields<Definition>('graph');
const SummaryAnswer = withFields<HistorySummary>('nodes', 'records', 'cursor');
const PageAnswer = withFields<{ readonly items: readonly Item[]; readonly cursor: string }>('items', 'cursor');

/** Each look reads what is new. */
export function createReader(api: Api, executionId: string): { look(): Promise<Seen> } {
  const to = path`/executions/${executionId}`;
  const known: Item[] = [];
  let cursor = '0';
  let summary: HistorySummary | undefined;
  let drawing: Drawing | undefined;
  const get = <T>(rest: string, schema: z.ZodType<T>, query = {}) =>
    api.call({ method: 'GET', path: to + rest, query }, schema);

  const news = async (): Promise<readonly Item[]> => {
    const found: Item[] = [];
    for (;;) {
      const page = await get('/history', PageAnswer, { after: cursor, limit: PAGE });
      found.push(...page.items);
      const isLast = page.cursor === cursor || page.items.length < PAGE;
      cursor = page.cursor;
      if (known.length + found.length > MOST && !isLast) {
        summary = await get('/history/summary', SummaryAnswer);
        cursor = summary.cursor;
      }
      if (isLast) break;
    }
    known.push(...found);
    if (summary && found.length > 0) summary = await get('/history/summary', SummaryAnswer);
    return found;
  };

  return {
    async look() {
      const view = await get('', ViewAnswer);
      drawing ??= await drawingOf(get('/graph', DefinitionAnswer));
      const found = await news();
      const activity = activityOf(known, summary);
      const whole = complete(view, known, drawing, activity);
      return { view: whole, drawing, states: nodeStates(drawing, { view: whole, activity }), news: found };
    },
  };
}

/** Without the graph there are no boxes: the version of the flow may not be deployed any more. */
async function drawingOf(answer: Promise<Definition>): Promise<Drawing> {
  try {
    const { graph, predicates } = await answer;
    return draw(graph, predicates);
  } catch (error) {
    if (error instanceof CliError && error.details.code === 'definition_missing') return { boxes: [], lines: [] };
    throw error;
  }
}
