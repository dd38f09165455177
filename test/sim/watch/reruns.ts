/** A rerun begins with what was committed before the first attempt of its activation, and with nothing else. */
import { isDeepStrictEqual } from 'node:util';
import type { Activation, Head, Value } from '../../../lib/engine/head.ts';
import { readStubs } from '../../../lib/engine/history/stubs.ts';
import { digest, type Json } from '../../../lib/flow/json.ts';
import { loadValue } from '../../../lib/runtime/commit/values.ts';
import type { SimStores } from '../world/stores.ts';
import type { World } from '../world/world.ts';
import type { Step } from './activations.ts';
import type { Books } from './books.ts';

/** The first claim of an activation: its row, and what was committed before. */
export interface Beginning {
  readonly row: Activation;
  readonly head: Pick<Head, 'state' | 'joins'>;
}

/** Notes the first claims of a commit after which the commit changed nothing: a worker may end steps in the commit that claims them. */
export function noteBeginnings({ graph, books, before, after }: Step): void {
  const { n = 0 } = before.history ?? {};
  const stubs = readStubs(graph, after.history).filter(({ seq }) => seq > n);
  const last = stubs.findLastIndex(({ type }) => type !== 'attempt_started');
  for (const row of after.activations) {
    if (row.attempt !== 1 || row.fence === undefined || books.beginnings.has(row.id)) continue;
    const was = before.activations.find(({ id }) => id === row.id);
    if (was?.fence !== undefined) continue;
    const at = stubs.findIndex(({ who = '-' }) => row.id.startsWith(who));
    books.beginnings.set(row.id, at > last ? { row, head: { state: after.state, joins: after.joins } } : undefined);
  }
}

/** Compares the first head of a rerun with the books of its source. */
export async function checkRerun(world: World, stores: SimStores, source: Books, copy: Head): Promise<void> {
  const { activation = '', inputHash } = copy.rerunFrom ?? {};
  const [first, other] = copy.activations;
  const violate = (what: string) => world.violate('rerun', `${what} in ${copy.id}, a rerun of ${source.head.id}`);
  if (!first || other || copy.interrupts.length + copy.signals.length > 0) return violate('other work');
  const begun = source.beginnings.get(activation);
  if (!begun) return;
  world.reached('rerun from a known beginning');
  if (first.node !== begun.row.node) violate(`${first.node} for ${begun.row.node}`);
  const read = (head: Head) => (value: Value) => loadValue(stores.values, head, value);
  const [was, is] = [read(source.head), read(copy)];
  const input = await is(first.input);
  if (inputHash === undefined ? !isDeepStrictEqual(input, await was(begun.row.input)) : digest(input) !== inputHash)
    violate(`the input ${JSON.stringify(input)}`);
  const [before, now] = [await contentsOf(begun.head, was), await contentsOf(copy, is)];
  if (!isDeepStrictEqual(now, before)) violate(`${JSON.stringify(now)} for ${JSON.stringify(before)}`);
}

async function contentsOf({ state, joins }: Beginning['head'], read: (value: Value) => Promise<Json>) {
  const rows = joins.map(async ({ kind, node, scope, slots, ids }) => [
    kind,
    node,
    scope,
    ids,
    await read({ of: slots }),
  ]);
  const texts = (await Promise.all(rows)).map((row) => JSON.stringify(row));
  return { state: await read({ of: state }), joins: texts.toSorted() };
}
