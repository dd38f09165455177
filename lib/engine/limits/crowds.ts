/**
 * Keeps the rows of long lists within the limit of the head, such as the retries of all items while a service is down. Lists
 * start no further items while rows fill the head, and many rows that wait for a retry share due times.
 */
import type { RetryPolicy } from '../../flow/options/policies.ts';
import type { Activation, Head, ScopeId } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';
import { bytesOf } from '../values/list-cutter.ts';
import { retryDelay } from './retry-policy.ts';

/** Waiting rows that are no crowd yet: they keep their exact due times. */
const FEW = 64;
/** Most bytes of rows with which lists start further items. The default limit of a head is 300 KB. */
const ROOM = 192 * 1024;
/** The same for lists with few items in work: the crowd of another list must not hold them up. */
const ROOM_OF_FEW = 224 * 1024;
/** Counted for a row in a stored range: more than its bytes, because each commit also takes time for each row. */
const INDEX = 40;

type Place = Pick<Transition, 'graph' | 'head'>;

/** How many more items a list may start while the head keeps room for what is in work. */
export function roomForItems(place: Place): (list: ScopeId) => number {
  const bytes = bytesOfRows(place);
  if (bytes <= ROOM) return () => Infinity;
  if (bytes > ROOM_OF_FEW) return () => 0;
  const own = new Map<ScopeId, number>();
  for (const frame of Object.values(place.head.frames)) {
    if (frame.kind !== 'item' || frame.over) continue;
    own.set(frame.parent.scope, (own.get(frame.parent.scope) ?? 0) + 1);
  }
  return (list) => Math.max(0, FEW - (own.get(list) ?? 0));
}

/** Bytes of the rows of work and of the frames around them; once over `ROOM_OF_FEW`, at least that. */
function bytesOfRows(place: Place): number {
  if (place.head.activations.length <= FEW) return 0;
  let bytes = 0;
  let former: Activation | undefined;
  const counted = new Set<ScopeId>();
  for (const row of place.head.activations) {
    if (row.failed) continue;
    bytes +=
      former && isInRange(place, former, row) ? INDEX : INDEX + bytesOf(row) + bytesAround(place.head, row, counted);
    if (bytes > ROOM_OF_FEW) return bytes;
    former = row;
  }
  return bytes;
}

function isCrowd({ activations }: Head): boolean {
  let count = 0;
  // Stops early: it is asked at each failure, and most rows of a crowd are at the front.
  for (const row of activations) {
    if (waits(row)) count += 1;
    if (count > FEW) return true;
  }
  return false;
}

function waits({ dueAt, failed }: Activation): boolean {
  return dueAt !== undefined && !failed;
}

/** A guess: true where stores keep both rows as one range, see `values/item-ranges.ts`. */
function isInRange(place: Place, former: Activation, row: Activation): boolean {
  if (place.head.format < 2 || former.error || row.error || !isAtFirstChunk(place, row)) return false;
  const [list, its] = [place.head.frames[former.scope]?.parent.scope, place.head.frames[row.scope]?.parent.scope];
  const isAlike = list === its && former.node === row.node && former.attempt === row.attempt;
  return isAlike && former.dueAt === row.dueAt && former.since === row.since;
}

function isAtFirstChunk({ graph, head }: Place, { scope, node, ops }: Activation): boolean {
  const frame = head.frames[scope];
  if (frame?.kind !== 'item' || ops) return false;
  const list = graphAt({ graph, head }, frame.parent.home).nodes[frame.node];
  return list?.kind === 'forEach' && list.body.some((target) => 'node' in target && target.node === node);
}

/** Bytes of the frames around a row. Each frame is counted once. */
function bytesAround({ frames }: Head, row: Activation, counted: Set<ScopeId>): number {
  let bytes = 0;
  for (const start of [row.scope, row.home]) {
    for (let at = start; at !== undefined && !counted.has(at); at = frames[at]?.parent.scope) {
      const frame = frames[at];
      if (!frame) break;
      counted.add(at);
      bytes += at.length + bytesOf(frame);
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
  { head, now }: Pick<Transition, 'head' | 'now'>,
  row: Activation,
  policy: RetryPolicy,
  { counted, entropy, retryAfter }: { counted: number; entropy: number; retryAfter?: number | undefined },
): number {
  const own = retryDelay(policy, counted, entropy, retryAfter);
  if (own === 0 || head.frames[row.scope] === undefined || !isCrowd(head)) return now + own;
  const longest = retryDelay(policy, counted, 1, retryAfter);
  // A power of two, so that nearly equal delays have the same ticks.
  const tick = 2 ** Math.floor(Math.log2(longest * LATE));
  if (tick < SHORTEST_TICK) return now + longest;
  // Ticks count from the execution's start: those of different executions are not due together.
  return head.createdAt + Math.ceil((now + longest - head.createdAt) / tick) * tick;
}
