/** The stream reports every wait and every intervention, once and in order. */
import type { StreamRow } from '../../../lib/engine/head.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Stage } from '../world/stage.ts';
import type { Step } from './activations.ts';
import type { Books } from './books.ts';

/** Also for loaded executions: their stream may lag. */
export function noteItems({ books, after }: Pick<Step, 'books' | 'after'>): void {
  for (const row of after.outbox) {
    if (row.kind !== 'stream' || books.items.some(({ id }) => id === row.id)) continue;
    books.items.push({ id: row.id, text: textOf(row.item) });
  }
}

/** Positions have no gaps; a wait of the first head began before the load. */
export async function checkStreams({ world, watch, stores }: Stage, { ids }: Workload): Promise<void> {
  for (const id of ids) {
    const books = watch.books.get(id);
    if (!books) continue;
    const read = await stores.streams.read({ executionId: id, inc: books.head.inc }, 0, 10_000);
    if (read.some(({ seq }, i) => seq !== i + 1)) world.violate('stream', `gaps in the stream of ${id}`);
    const items = read.map(({ item }) => item).filter(isSystemItem);
    const [is, should] = [items.map(textOf).join(), books.items.map(({ text }) => text).join()];
    if (is !== should) world.violate('stream', `${id} says ${is}, should say ${should}`);
    checkWaits(books, items, (problem) => world.violate('stream', `${problem} of ${id}`));
    checkInterventions(books, items, (problem) => world.violate('stream', `${problem} of ${id}`));
  }
}

type Item = StreamRow['item'];

function checkWaits(books: Books, items: readonly Item[], violate: (problem: string) => void): void {
  for (const [interrupt, { begun, answered }] of books.waits) {
    const said = (action: string): number =>
      items.filter((item) => 'interruptId' in item && item.interruptId === interrupt && item.action === action).length;
    const [pauses, resumes] = [said('pause'), said('resume')];
    const silent = books.adopted.has(interrupt) ? 1 : 0;
    if (pauses < begun - silent || pauses > begun || resumes !== answered)
      violate(`${pauses} pauses and ${resumes} of ${answered} answers in ${begun} waits ${interrupt}`);
  }
}

function checkInterventions(
  { head, advised }: Books,
  items: readonly Item[],
  violate: (problem: string) => void,
): void {
  for (const { version, status } of head.interventions ?? []) {
    if (version <= advised) continue;
    const said = items.filter((item) => 'version' in item && item.version === version).map(({ action }) => action);
    const wanted = ['append', ...(status === 'inserted' ? ['insert'] : status === 'expired' ? ['expire'] : [])];
    const told = said.filter((action) => action !== 'consume');
    if (told.join() !== wanted.join()) violate(`intervention ${version}, ${status}: ${told.join()}`);
  }
}

function isSystemItem(item: unknown): item is Item {
  return typeof item === 'object' && item !== null && 'action' in item && ('interruptId' in item || 'version' in item);
}

function textOf(item: Item): string {
  return 'version' in item ? `${item.action} ${item.version}` : `${item.action} ${item.interruptId}`;
}
