/** Lists that a chunk gives page by page: the chunk runs again for the next page while the items of earlier ones run. */
import { hashId, type Json } from '../../flow/json.ts';
import { endIfReached } from '../frames/ends.ts';
import { limitOf } from '../frames/slots.ts';
import { readsResults } from '../frames/tally.ts';
import type { Activation, ListFrame, PageOf, ScopeId, Value } from '../head.ts';
import { advance, completeChunk, failIfMissed } from '../moves.ts';
import { originOf } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';

/** Takes a page that a chunk returned. Without `next` it is the last one. */
export function takePage(transition: Transition, row: Activation, items: readonly Json[], next?: Json): void {
  if (row.page) return addPage(transition, row.page, items, next);
  if (next === undefined) return completeChunk(transition, row, literal(items), row.id);
  const { head } = transition;
  const [target] = graphAt(transition, row.home).nodes[row.node]?.out ?? [];
  if (!target || !('node' in target)) return;
  const node = graphAt(transition, row.home).nodes[target.node];
  if (node?.kind !== 'forEach') return;
  const scope = hashId(head.id, row.id, 'pages');
  head.frames[scope] = {
    kind: 'list',
    node: target.node,
    parent: originOf(row),
    items: literal(null),
    count: 0,
    next: 0,
    slots: {},
    ...(node.completion ? { failures: 0 } : {}),
    ...(node.completion && readsResults(node.completion) ? { early: true } : {}),
    pages: [],
    source: { chunk: row.node, id: row.id, input: row.input, n: 1, next: literal(next), asking: true },
  };
  addPage(transition, { list: scope, n: 1, from: literal(null) }, items, next);
}

/** Adds a page to its list, unless the list has ended or has the page. */
function addPage(transition: Transition, { list, n }: PageOf, items: readonly Json[], next: Json | undefined): void {
  const frame = transition.head.frames[list];
  if (frame?.kind !== 'list' || frame.source?.n !== n) return;
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  const size = node?.kind === 'forEach' ? (node.batchSize ?? 1) : 1;
  if (items.length > 0)
    frame.pages = [...(frame.pages ?? []), { at: frame.count, items: literal(items), length: items.length }];
  frame.count += Math.ceil(items.length / size);
  frame.source.n += 1;
  delete frame.source.asking;
  if (next === undefined) return endPages(transition, list);
  frame.source.next = literal(next);
  advance(transition, list);
}

/** The list gets no further page: it ends with the items that it has. */
export function endPages(transition: Transition, list: ScopeId): void {
  const frame = transition.head.frames[list];
  if (frame?.kind !== 'list' || !frame.source) return;
  delete frame.source;
  advance(transition, list);
  if (transition.head.frames[list] !== frame) return;
  failIfMissed(transition, list);
  endIfReached(transition, list, frame);
}

/** More items than that cannot run at once, even in a list without a limit. */
const MOST_AHEAD = 2_048;

/** Runs the chunk again for the next page when fewer items than may run at once are left to start. */
export function askForPage(transition: Transition, scope: ScopeId, frame: ListFrame): void {
  const { source, count, next, over } = frame;
  const most = Math.min(MOST_AHEAD, limitOf(transition, frame));
  if (!source || source.asking || over || count - next >= most) return;
  source.asking = true;
  pushPage(transition, frame, { list: scope, n: source.n, from: source.next }, hashId(source.id, 'page', source.n));
}

/** The chunk slept instead of giving its page: it runs again for the same one. */
export function askAgain(transition: Transition, { id, page }: Activation): void {
  const frame = page && transition.head.frames[page.list];
  if (page && frame?.kind === 'list') pushPage(transition, frame, page, hashId(id, 'again'));
}

function pushPage({ head }: Transition, { source, parent }: ListFrame, page: PageOf, key: string): void {
  if (!source) return;
  const row = { node: source.chunk, ...originOf(parent), input: source.input, attempt: 0, page };
  head.activations.push({ id: hashId(head.id, key), ...row });
}

/** The page that holds the item, and the place of the item's first value in it. */
export function pageAt(
  { pages = [] }: ListFrame,
  index: number,
): { readonly items: Value; readonly at: number; readonly length: number } {
  const page = pages.findLast(({ at }) => at <= index);
  return page ?? { items: literal([]), at: 0, length: 0 };
}
