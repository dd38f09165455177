/** Heads as the rules see them: with the waits that are stored in pages. Read without the code of the engine. */
import type { Frame, Head, Interrupt } from '../../../lib/engine/head.ts';
import type { SimStores } from '../world/stores.ts';
import type { World } from '../world/world.ts';

interface Row {
  readonly wait: Interrupt;
  readonly frames: readonly (readonly [string, Frame])[];
}

/** The head with the rows of its pages; it still names the pages. */
export async function wholeOf(world: World, stores: SimStores, head: Head): Promise<Head> {
  const { waitPages = [] } = head;
  if (waitPages.length === 0) return head;
  world.reached('wait in a page');
  if (head.format !== 3) world.violate('revision', `${head.id} has pages in format ${head.format}`);
  if (head.interrupts.length === 0) world.violate('answer lost', `${head.id} is not listed as waiting`);
  const owner = { executionId: head.id, inc: head.inc };
  const refs = waitPages.map(({ ref }) => ref);
  const found = await stores.values.get(owner, refs);
  const rows = waitPages.flatMap(({ ref, at }) => {
    const page = found.get(ref) as unknown as readonly Row[] | undefined;
    if (!page) world.violate('value missing', `${head.id} names the page ${ref}`);
    return (page ?? []).filter((_, index) => isIn(at, index));
  });
  const interrupts = [...rows.map(({ wait }) => wait), ...head.interrupts];
  const frames = { ...Object.fromEntries(rows.flatMap((row) => row.frames)), ...head.frames };
  const ids = interrupts.map(({ id }) => id);
  if (new Set(ids).size < ids.length) world.violate('answer lost', `${head.id} has a wait twice: ${ids.join()}`);
  return { ...head, interrupts, frames };
}

function isIn(runs: string, index: number): boolean {
  return runs.split(',').some((run) => {
    const [first, last = first] = run.split('-').map(Number);
    return first !== undefined && last !== undefined && first <= index && index <= last;
  });
}
