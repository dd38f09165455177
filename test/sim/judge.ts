/** The end of a schedule: what callers saw and what is left must be what the promises and the workload's model say. */
import type { ExecutionView } from '../../lib/runtime/views.ts';
import type { Caller } from './caller.ts';
import { findNonLinearizable } from './histories.ts';
import { quiet } from './schedule.ts';
import type { Stage } from './stage.ts';
import type { Workload } from './workload.ts';

export async function judge(
  stage: Stage,
  workload: Workload,
  callers: readonly Caller[],
  effects: ReadonlyMap<string, number>,
): Promise<void> {
  const { world } = stage;
  world.stopFaults();
  const reader = world.spawn('caller');
  const executions = new Map<string, ExecutionView>();
  for (const id of workload.ids) {
    const attempt = stage.call(reader, (client) => client.get(id));
    for (let done = false; !done; ) {
      await quiet();
      const call = world.calls.find((each) => each.process.kind === 'api' && each.dueAt <= world.now);
      if (call) await world.let(call);
      done = !call;
    }
    const result = await attempt;
    const view = typeof result === 'object' && 'answer' in result ? result.answer : undefined;
    if (view) executions.set(id, view);
    else world.violate('execution lost', id);
  }
  await checkStreams(stage, workload);
  const { operations: made } = await stage.stores.flowData.load(workload.flow.name);
  const left = made.filter((id) => !id.startsWith('host:'));
  if (left.length > 0) world.violate('garbage', `shared data keeps the ids ${left.join()}`);
  const operations = callers.flatMap((caller) => caller.operations);
  for (const problem of findNonLinearizable(operations)) world.violate('not linearizable', problem);
  workload.check({
    executions,
    effects,
    answers: new Map(callers.flatMap(({ notes }) => [...notes])),
    expect: (ok, what) => {
      if (!ok) world.violate('model', what);
    },
    equal: (actual, expected, what) => {
      const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (is !== should) world.violate('model', `${what}: ${is}, should be ${should}`);
    },
  });
}

/** The stream says of every wait once that it began, and of every answer once that it came; positions have no gaps. */
async function checkStreams({ world, watch, stores }: Stage, { ids }: Workload): Promise<void> {
  for (const id of ids) {
    const books = watch.books.get(id);
    if (!books) continue;
    const items = await stores.streams.read({ executionId: id, inc: books.head.inc }, 0, 10_000);
    if (items.some(({ seq }, i) => seq !== i + 1)) world.violate('stream', `gaps in the stream of ${id}`);
    const said = (interrupt: string, action: string): number =>
      items.filter(({ item }) => isSystemItem(item) && item.interruptId === interrupt && item.action === action).length;
    for (const [interrupt, { begun }] of books.waits) {
      const [pauses, resumes] = [said(interrupt, 'pause'), said(interrupt, 'resume')];
      const silent = books.adopted.has(interrupt) ? 1 : 0;
      if (pauses < begun - silent || pauses > begun || resumes > begun)
        world.violate('stream', `${interrupt} of ${id} waited ${begun} times: ${pauses} pauses, ${resumes} answers`);
    }
  }
}

function isSystemItem(item: unknown): item is { readonly interruptId?: string; readonly action?: string } {
  return typeof item === 'object' && item !== null && 'interruptId' in item;
}
