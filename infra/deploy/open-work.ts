/** The open work of a stage, shown before its removal. */
import type { ExecutionStore } from '../../lib/ports/execution-store.ts';

export interface OpenWork {
  /** Executions that have not ended, by flow. Flows without any are omitted. */
  readonly open: readonly { readonly flow: string; readonly count: number }[];
  /** Executions that wait for an answer. */
  readonly waiting: number;
}

/** Counts stop here; higher ones are shown as "1000 or more". */
export const MOST = 1_000;

export async function openWork(
  executions: Pick<ExecutionStore, 'list' | 'listWaiting'>,
  flows: readonly string[],
): Promise<OpenWork> {
  const counts = flows.map(async (flow) => {
    const listings = (['open', 'failed'] as const).map((listing) => executions.list({ flow, listing, limit: MOST }));
    return { flow, count: (await Promise.all(listings)).flat().length };
  });
  const open = (await Promise.all(counts)).filter(({ count }) => count > 0);
  return { open, waiting: (await executions.listWaiting({ limit: MOST })).length };
}

/** Lines for the terminal. `problem` tells why the table could not be read. */
export function removalText(
  stack: string,
  kept: readonly string[],
  work: OpenWork | { readonly problem: string },
): string {
  return [
    `This removes the stack ${stack}: its functions, queues with their messages, HTTP API and alarms.`,
    ...('problem' in work ? [`What is still open could not be read: ${work.problem}`] : openLines(work)),
    `These are kept, because they cannot be made again: ${kept.join(', ')}.`,
    '',
  ].join('\n');
}

function openLines({ open, waiting }: OpenWork): string[] {
  if (open.length === 0) return ['No execution is open.'];
  const many = (count: number) => (count >= MOST ? `${MOST} or more` : String(count));
  return [
    'Executions that are still open stop, until the stack is deployed again over the kept table:',
    ...open.map(({ flow, count }) => `  ${flow}: ${many(count)}`),
    ...(waiting > 0 ? [`  ${many(waiting)} executions wait for answers; their links will not work.`] : []),
  ];
}
