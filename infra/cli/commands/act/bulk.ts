/** Acts on many executions: shows what would be done, or does it and shows how far it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Api, path } from '../../api/api.ts';
import { isUnsuccessful, secondsOf } from '../../api/until.ts';
import { View } from '../../api/wire.ts';
import type { Given } from '../../given.ts';
import { programName } from '../../program-name.ts';
import { once, type Part } from '../../row.ts';
import { bar, createProgress, number } from '../../show/bar.ts';
import type { Look } from '../../show/look.ts';
import { line, list } from '../../show/text.ts';
import { UsageError } from '../../usage.ts';
import { attributesIn, checkFlow } from '../look/list.ts';
import { filled } from './acts.ts';

const PAUSE = 1_000;

const Counts = z.record(z.string(), z.number()).default({});
const Missing = z.array(z.string()).optional();
const Preview = z.looseObject({
  previewId: z.string(),
  count: z.number(),
  sample: z.array(z.string()),
  byError: Counts,
  expiresAt: z.string().optional(),
  missing: Missing,
});
const Accepted = z.looseObject({ executionId: z.string(), count: z.number().optional(), missing: Missing });
const Progress = z.looseObject({
  total: z.number().default(0),
  done: z.number().default(0),
  refused: z.number().default(0),
  byError: Counts,
});

export const bulk = once(async (api, given, look) => {
  const previewId = given.maybe('preview');
  const action = given.maybe('action');
  const beside = filled({ ratePerSecond: given.number('rate', 1, 100), actor: given.maybe('actor') });
  if (previewId !== undefined) {
    if (action !== undefined) throw new UsageError('A preview has its action. Leave out the action, or --preview.');
    return carryOut(api, { previewId, ...beside }, given, look);
  }
  if (action === undefined) throw new UsageError('Name an action, such as redrive, or a --preview to carry out.');
  const order = { action, ...(await contentOf(given)), filter: filterOf(given), ...beside };
  if (given.flag('yes')) return carryOut(api, order, given, look);
  const body = { ...order, dryRun: true };
  const found = await api.call({ method: 'POST', path: '/bulk', body, key: null }, Preview);
  const flow = given.maybe('flow');
  if (found.count === 0 && flow !== undefined) await checkFlow(api, flow);
  return { data: [found], text: previewText(action, found, look) };
});

/** The options of the action itself, without its targets. */
async function contentOf(given: Given): Promise<Record<string, unknown>> {
  return filled({
    reason: given.maybe('reason'),
    pendingInterrupts: given.flag('cancel-waits') ? 'cancel' : undefined,
    name: given.maybe('signal'),
    type: given.maybe('type'),
    value: await given.json('value'),
  });
}

function filterOf(given: Given): Record<string, unknown> {
  const [attributes, ids] = [attributesIn(given), given.many('execution')];
  const filter = filled({
    flow: given.maybe('flow'),
    status: given.maybe('status'),
    createdAfter: given.maybe('created-after'),
    createdBefore: given.maybe('created-before'),
    attributes: Object.keys(attributes).length > 0 ? attributes : undefined,
    ids: ids.length > 0 ? ids : undefined,
  });
  if (Object.keys(filter).length > 0) return filter;
  throw new UsageError(
    'Say which executions: --flow, --status, --attr, --created-after, --created-before, --execution.',
  );
}

function previewText(action: string, preview: z.infer<typeof Preview>, look: Look): string {
  const { previewId, count, sample, byError, expiresAt, missing } = preview;
  if (count === 0) return `No execution is like that, so nothing would be done.${missingText(missing)}\n`;
  return list(
    [
      ['action', action],
      ['executions', number(count)],
      ['such as', sample.map((id) => line(id)).join(', ')],
      ['missing', missing?.map((id) => line(id)).join(', ')],
      ['failed by', countsText(byError)],
      ['do it', `${programName()} bulk --preview ${previewId}`],
      ['until', expiresAt],
    ],
    look,
  );
}

function missingText(missing: readonly string[] = []): string {
  return missing.length === 0 ? '' : ` There is no execution ${missing.map((id) => line(id)).join(', ')}.`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${number(count)} × ${line(reason)}`)
    .join('\n');
}

async function carryOut(api: Api, body: object, given: Given, look: Look): Promise<Part> {
  const seconds = secondsOf(given);
  const accepted = await api.call({ method: 'POST', path: '/bulk', body, key: given.maybe('id') }, Accepted);
  const { executionId } = accepted;
  if (seconds === undefined) {
    const count = accepted.count === undefined ? '' : ` on ${number(accepted.count)} executions`;
    return {
      data: [accepted],
      text: `${executionId} acts${count}.${missingText(accepted.missing)} See how far it is: ${programName()} watch ${executionId}\n`,
    };
  }
  const view = await withBar(api, executionId, seconds, look);
  const { total, done, refused, byError } = progressOf(view);
  const rows: readonly (readonly [string, string])[] = [
    ['execution', executionId],
    ['status', view.status],
    ['done', `${number(done)} of ${number(total)}`],
    ['refused', refused > 0 ? `${number(refused)}\n${countsText(byError)}` : ''],
  ];
  return { data: [view], text: list(rows, look), isFailed: isUnsuccessful(view) };
}

/** Shows a bar on the terminal until it has ended, or the time is over. */
async function withBar(api: Api, executionId: string, seconds: number, look: Look): Promise<View> {
  const end = performance.now() + seconds * 1_000;
  const progress = createProgress();
  try {
    for (;;) {
      const view = await api.call({ method: 'GET', path: path`/executions/${executionId}` }, View);
      const { total, done, refused } = progressOf(view);
      const rest = { running: 0, retrying: 0, waiting: 0 };
      progress.say(`${executionId} ${bar({ ...rest, done, failed: refused, total }, look)}`);
      if (view.lifecycle === 'closed' || view.status === 'failed' || performance.now() >= end) return view;
      await sleep(PAUSE);
    }
  } finally {
    progress.end();
  }
}

function progressOf({ state, result }: View): z.infer<typeof Progress> {
  return Progress.safeParse(result ?? state).data ?? { total: 0, done: 0, refused: 0, byError: {} };
}
