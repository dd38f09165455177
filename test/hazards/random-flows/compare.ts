/** Differences between what a random flow did and what it should have done. */
import { canonical, type Json } from '../../../lib/flow/json.ts';
import { type RandomFlow, randomFlow } from './generate.ts';
import { type Expected, modelOf } from './model.ts';
import { play } from './play.ts';
import { VARIANTS } from './variants.ts';

/** Characters shown of a value. */
const SHOWN = 300;
const MOST_SHOWN = 5;

/** @returns `undefined`: the flow runs more than `mostRuns` chunks */
export function flowOf(seed: number, mostRuns: number): (RandomFlow & { readonly expected: Expected }) | undefined {
  const flow = randomFlow(seed);
  const expected = modelOf(flow.plan, flow.input, mostRuns);
  return expected && { ...flow, expected };
}

/** Runs the flow of a seed in a variant. @returns the differences; none: it did what it should */
export async function differences(
  flow: RandomFlow & { readonly expected: Expected },
  seed: number,
  name: string,
): Promise<readonly string[]> {
  const variant = VARIANTS[name]?.(seed) ?? {};
  const { expected } = flow;
  const { runs, stream, view, wrong } = await play(flow, variant);
  const isCopy = variant.movesAt !== undefined || variant.copiedAt !== undefined || variant.goesOnBy === 'fork';
  // A copy has no stream items of the original.
  const streamed = isCopy ? expected.stream.filter((item) => stream.includes(item)) : expected.stream;
  const all = [
    ...wrong,
    ...(view.status === 'completed' ? [] : [`it has ${view.status}: ${view.error?.message}`]),
    ...missing('chunk', expected.runs, runs),
    ...missing('stream item', streamed, stream),
    ...missing('state', statesOf(expected.state), statesOf(view.state)),
    ...missing('rest of the view', ['{}'], [canonical(JSON.parse(JSON.stringify(restOf(view))))]),
  ];
  const shown = all.slice(0, MOST_SHOWN).map((text) => text.slice(0, SHOWN));
  return shown.length === 0 ? [] : [`seed ${seed}, ${name}`, ...shown];
}

function missing(what: string, want: readonly string[], got: readonly string[]): readonly string[] {
  const left = [...want];
  const more: string[] = [];
  for (const each of got) {
    const at = left.indexOf(each);
    if (at < 0) more.push(each);
    else left.splice(at, 1);
  }
  return [...left.map((each) => `no ${what} ${each}`), ...more.map((each) => `another ${what} ${each}`)];
}

/** Chunks at work at the same time append in any order, and the last write of a key that a chain listens to stays. */
function statesOf(state: { readonly [key: string]: Json }): readonly string[] {
  return Object.entries(state)
    .filter(([key]) => !key.startsWith('signal'))
    .flatMap(([key, value]) =>
      key === 'log' && Array.isArray(value) ? value.map((item) => canonical([key, item])) : canonical([key, value]),
    );
}

function restOf({ interrupts, doing, lists, joins, unfilledJoins, error }: Awaited<ReturnType<typeof play>>['view']) {
  return { interrupts: interrupts.length > 0 ? interrupts : undefined, doing, lists, joins, unfilledJoins, error };
}
