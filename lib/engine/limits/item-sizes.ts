/** Estimates how many bytes the items of each list come to have in the head, from those that are in work. */
import type { NodeId } from '../../flow/graph/graph.ts';
import type { Activation, ListFrame, ScopeId } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';

/** Bytes of an item that goes on to further chunks or to a sub-flow, while few of its list have done so. */
const LATER = 400;
/** So many items tell their average. */
const ENOUGH = 8;

/** The items of one list. */
interface Sizes {
  /** The chunks that its items begin with. */
  readonly first: ReadonlySet<NodeId>;
  /** Its items go on: their first chunk is not their last one. */
  readonly goesOn: boolean;
  readonly begun: Sum;
  readonly later: Sum;
}

interface Sum {
  count: number;
  bytes: number;
}

export class ItemSizes {
  readonly #place: Pick<Transition, 'graph' | 'head'>;
  readonly #least: number;
  readonly #lists = new Map<ScopeId, Sizes>();

  /** @param least bytes of an item at its first chunk */
  constructor(place: Pick<Transition, 'graph' | 'head'>, least: number) {
    this.#place = place;
    this.#least = least;
  }

  /** Whether an item begins with this activation. */
  isFirst({ scope, node }: Activation): boolean {
    const frame = this.#place.head.frames[scope];
    return frame?.kind === 'item' && this.#sizesOf(frame.parent.scope)?.first.has(node) === true;
  }

  note(row: Activation, bytes: number, isFirst: boolean): void {
    const { frames } = this.#place.head;
    let item = frames[row.scope];
    if (item?.kind === 'child') item = frames[item.parent.scope];
    const sizes = item?.kind === 'item' ? this.#sizesOf(item.parent.scope) : undefined;
    if (!sizes) return;
    const sum = isFirst ? sizes.begun : sizes.later;
    sum.count += 1;
    sum.bytes += bytes;
  }

  /** Bytes that the noted items will still grow by. */
  growth(): number {
    let bytes = 0;
    for (const { goesOn, begun, later } of this.#lists.values())
      if (goesOn) bytes += Math.max(0, begun.count * average(later) - begun.bytes);
    return bytes;
  }

  /** Bytes that one more item of the list comes to have. 0: it ends with its first chunk, and takes no room that counts. */
  bytesOf(list: ScopeId): number {
    const sizes = this.#sizesOf(list);
    return sizes?.goesOn ? Math.max(this.#least, average(sizes.later)) : 0;
  }

  #sizesOf(list: ScopeId): Sizes | undefined {
    const known = this.#lists.get(list);
    if (known) return known;
    const frame = this.#place.head.frames[list];
    if (frame?.kind !== 'list') return undefined;
    const sizes = { ...bodyOf(this.#place, frame), begun: { count: 0, bytes: 0 }, later: { count: 0, bytes: 0 } };
    this.#lists.set(list, sizes);
    return sizes;
  }
}

function average({ count, bytes }: Sum): number {
  return count < ENOUGH ? LATER : bytes / count;
}

function bodyOf(
  place: Pick<Transition, 'graph' | 'head'>,
  { node, parent }: ListFrame,
): Pick<Sizes, 'first' | 'goesOn'> {
  const { nodes } = graphAt(place, parent.home);
  const list = nodes[node];
  const body = list?.kind === 'forEach' ? list.body : [];
  const first = body.flatMap((target) => ('node' in target ? [target.node] : []));
  const isLast = (id: NodeId) => {
    const its = nodes[id];
    return its?.kind === 'chunk' && its.out.every((target) => 'exit' in target);
  };
  return { first: new Set(first), goesOn: !first.every(isLast) };
}
