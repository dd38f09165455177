/**
 * Keeps the rows of long lists within the limit of the head, such as the retries of all items while a service is down. Lists
 * start no further items while rows fill the head, and many rows that wait for a retry share due times.
 */
import type { RetryPolicy } from '../../flow/options/policies.ts';
import type { Activation, Head, ScopeId } from '../head.ts';
import type { Lookups } from '../lookups.ts';
import type { Transition } from '../transition.ts';
import { bytesOf } from '../values/list-cutter.ts';
import { ItemSizes } from './item-sizes.ts';
import { retryDelay } from './retry-policy.ts';

export interface CrowdLimits {
  /** Waiting rows that are no crowd yet: they keep their exact due times. */
  readonly few: number;
  /** Most bytes of rows with which lists start further items. */
  readonly room: number;
  /** The same for lists with few items in work: the crowd of another list must not hold them up. */
  readonly roomOfFew: number;
}

/** The default limit of a head is 300 KB. */
export const CROWDS: CrowdLimits = { few: 64, room: 192 * 1024, roomOfFew: 224 * 1024 };

/** Counted for a row that is stored with others: more than its bytes, because each commit also takes time for each row. */
const INDEX = 40;
/** Counted for a row or frame without values of its own. To measure each of them costs as much as the rest of a commit. */
const ROW = 320;
const FRAME = 240;

type Place = Pick<Transition, 'graph' | 'head'> & { readonly lookups?: Pick<Lookups, 'crowds'> };

/**
 * How many more items a list may start while the head keeps room for what is in work, and for what it grows to. The rows are
 * measured when a list asks first: most heads have no list with items to start.
 */
export function roomForItems(place: Place): (list: ScopeId) => number {
  let room: ((list: ScopeId) => number) | undefined;
  return (list) => {
    room ??= measureRoom(place);
    return room(list);
  };
}

function measureRoom(place: Place): (list: ScopeId) => number {
  const { few, room, roomOfFew } = place.lookups?.crowds ?? CROWDS;
  const sizes = new ItemSizes(place, INDEX);
  const bytes = place.head.activations.length <= few ? 0 : bytesOfRows(place, sizes, roomOfFew);
  if (bytes > roomOfFew) return () => 0;
  if (bytes <= room) return (list) => Math.ceil((room - bytes + 1) / sizes.bytesOf(list));
  const own = new Map<ScopeId, number>();
  for (const frame of Object.values(place.head.frames)) {
    if (frame.kind !== 'item' || frame.over) continue;
    own.set(frame.parent.scope, (own.get(frame.parent.scope) ?? 0) + 1);
  }
  return (list) => Math.max(0, few - (own.get(list) ?? 0));
}

/** Bytes of the rows of work and of the frames around them, and of what items grow to; over `most`, at least that. */
function bytesOfRows({ head }: Place, sizes: ItemSizes, most: number): number {
  let bytes = 0;
  let former: Activation | undefined;
  const counted = new Set<ScopeId>();
  for (const row of head.activations) {
    if (row.failed) continue;
    const isFirst = sizes.isFirst(row);
    const own =
      former && isStoredWith(head, former, row)
        ? INDEX + (isFirst ? 0 : bytesOfInput(row))
        : INDEX + bytesOfRow(row) + bytesAround(head, row, counted);
    bytes += own;
    if (bytes > most) return bytes;
    sizes.note(row, own, isFirst);
    former = row;
  }
  return bytes + sizes.growth();
}

function isCrowd({ head: { activations }, lookups }: Pick<Transition, 'head' | 'lookups'>): boolean {
  const { few } = lookups.crowds ?? CROWDS;
  let count = 0;
  // Stops early: it is asked at each failure, and most rows of a crowd are at the front.
  for (const row of activations) {
    if (waits(row)) count += 1;
    if (count > few) return true;
  }
  return false;
}

function waits({ dueAt, failed }: Activation): boolean {
  return dueAt !== undefined && !failed;
}

function bytesOfRow(row: Activation): number {
  const { error, ops, resume, expired } = row;
  if (ops || resume || expired) return bytesOf(row);
  // Its other members are short.
  return ROW + bytesOfInput(row) + (error ? 2 * (error.name.length + error.message.length) : 0);
}

/** Bytes of an input in the head; a reference is short. */
function bytesOfInput({ input }: Activation): number {
  return 'ref' in input || ('v' in input && typeof input.v === 'number') ? 0 : bytesOf(input);
}

/** A guess: true where stores keep both rows together, see `values/item-ranges.ts`. */
function isStoredWith({ format, frames }: Head, former: Activation, row: Activation): boolean {
  const isAlike = former.node === row.node && former.attempt === row.attempt && former.fence === row.fence;
  if (!isAlike || former.dueAt !== row.dueAt || former.since !== row.since) return false;
  if (format < 2 || former.error || row.error || row.ops || row.resume) return false;
  const [before, item] = [frames[former.scope], frames[row.scope]];
  return item?.kind === 'item' && before?.parent.scope === item.parent.scope;
}

/** Bytes of the frames around a row. Each frame is counted once. */
function bytesAround({ frames }: Head, row: Activation, counted: Set<ScopeId>): number {
  let bytes = 0;
  for (const start of [row.scope, row.home]) {
    for (let at = start; at !== undefined && !counted.has(at); at = frames[at]?.parent.scope) {
      const frame = frames[at];
      if (!frame) break;
      counted.add(at);
      bytes += frame.kind === 'item' ? FRAME : at.length + bytesOf(frame);
    }
  }
  return bytes;
}

/** Share of the delay by which a retry may be late so that it shares its due time. */
const LATE = 1 / 8;
const SHORTEST_TICK = 16;

/**
 * When the next attempt is due (ms). In a crowd it has the longest jitter and is rounded up to a tick, so that rows that
 * fail together are due together: they are stored as one range and one timer wakes them.
 */
export function retryDueAt(
  transition: Pick<Transition, 'head' | 'now' | 'lookups'>,
  row: Activation,
  policy: RetryPolicy,
  { counted, entropy, retryAfter }: { counted: number; entropy: number; retryAfter?: number | undefined },
): number {
  const { head, now } = transition;
  const own = retryDelay(policy, counted, entropy, retryAfter);
  if (own === 0 || head.frames[row.scope] === undefined || !isCrowd(transition)) return now + own;
  const longest = retryDelay(policy, counted, 1, retryAfter);
  // A power of two, so that nearly equal delays have the same ticks.
  const tick = 2 ** Math.floor(Math.log2(longest * LATE));
  if (tick < SHORTEST_TICK) return now + longest;
  // Ticks count from the execution's start: those of different executions are not due together.
  return head.createdAt + Math.ceil((now + longest - head.createdAt) / tick) * tick;
}
