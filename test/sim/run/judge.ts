/** The end of a schedule: answers of callers and final states must agree with the promises and the workload's model. */
import type { Head } from '../../../lib/engine/head.ts';
import { BY_SCHEDULE } from '../../../lib/engine/values/attributes.ts';
import type { AttributeValue } from '../../../lib/flow/options/attributes.ts';
import type { AttributeKey } from '../../../lib/ports/attribute-store.ts';
import type { ExecutionView } from '../../../lib/runtime/client/types.ts';
import { namedIn } from '../watch/books.ts';
import { checkStreams } from '../watch/streams.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Caller } from '../world/caller.ts';
import type { Stage } from '../world/stage.ts';
import { findNonLinearizable } from './histories.ts';
import { checkHistories } from './records.ts';
import { quiet } from './schedule.ts';

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
  await checkHistories(stage, workload);
  checkValues(stage);
  await checkErased(stage);
  await checkEntries(stage);
  const { operations: made } = await stage.stores.flowData.load(workload.flow.name);
  const left = made.filter((id) => !id.startsWith('host:'));
  if (left.length > 0) world.violate('garbage', `shared data keeps the ids ${left.join()}`);
  const operations = callers.flatMap((caller) => caller.operations);
  for (const problem of findNonLinearizable(operations)) world.violate('not linearizable', problem);
  workload.check({
    executions,
    effects,
    calm: world.calm,
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

/** Nothing is left of deleted executions. */
async function checkErased({ world, watch, stores }: Stage): Promise<void> {
  for (const { head, put } of watch.erased) {
    const owner = { executionId: head.id, inc: head.inc };
    const left = {
      values: (await stores.values.get(owner, [...put])).size,
      ledger: (await stores.ledger.list(owner)).length,
      stream: (await stores.streams.read(owner, 0, 1)).length,
      history: (await stores.history.read(owner, { first: 0, id: '' }, 1)).length,
      job: (await stores.executions.load(head.id))?.head.gone?.purgeAt === undefined ? 0 : 1,
    };
    for (const [what, count] of Object.entries(left))
      if (count > 0) world.violate('erased value left', `${what} of ${head.id}: ${count}`);
  }
}

/** Each execution is found by the attributes it has, and by no other. */
async function checkEntries({ world, watch, stores }: Stage): Promise<void> {
  const isFound = async (key: AttributeKey, id: string) =>
    (await stores.attributes.find({ ...key, limit: 1_000 })).some((each) => each.id === id);
  for (const { head } of watch.books.values()) {
    const { id, flow } = head;
    for (const [name, value] of ownOf(head))
      if (!(await isFound({ flow, name, value }, id))) world.violate('attribute entry lost', `${name} of ${id}`);
  }
  for (const { id, flow, name, value, process } of watch.entries.values()) {
    // A late worker that dies right after its write cannot take it back.
    if (process.hurt) continue;
    const head = watch.books.get(id)?.head;
    const isOwn = head && ownOf(head).some(([own, now]) => own === name && String(now) === String(value));
    if (!head || isOwn || !(await isFound({ flow, name, value }, id))) continue;
    const what = `attribute ${name} "${value}" of ${id}`;
    if (head.gone) world.violate('erased value left', what);
    else world.violate('attribute entry of an old value left', what);
  }
}

function ownOf({ attributes = {}, startedBy, gone }: Head): readonly (readonly [string, AttributeValue])[] {
  if (gone) return [];
  const schedule = startedBy?.schedule;
  return [...Object.entries(attributes), ...(schedule === undefined ? [] : [[BY_SCHEDULE, schedule] as const])];
}

/** Without faults, every value that was put is referenced or dropped, or a full history may name it. */
function checkValues({ world, watch }: Stage): void {
  if (!world.calm) return;
  for (const { head, put, dropped, indexes } of watch.books.values()) {
    if (head.gone || head.options.history === undefined) continue;
    const named = new Set([...namedIn(head)].flatMap((ref) => [ref, ...(indexes.get(ref) ?? [])]));
    for (const ref of put) if (!named.has(ref) && !dropped.has(ref)) world.violate('garbage', `${head.id} left ${ref}`);
  }
}
