/**
 * Crowds of rows that wait for a time, such as the retries of a long list while a service is down. A list starts no further
 * items while its crowd fills the head, and the retries of a crowd share due times.
 */
import type { RetryPolicy } from '../../flow/options/policies.ts';
import type { Activation, Head } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';
import { bytesOf } from '../values/list-cutter.ts';
import { retryDelay } from './retry-policy.ts';

/** Waiting rows that are no crowd yet: they keep their exact due times. */
const FEW = 64;
/** Most bytes of waiting rows with which lists start further items. The default limit of a head is 300 KB. */
const ROOM = 160 * 1024;
/** Counted for a row in a stored range: more than its bytes, because each commit also takes time for each row. */
const INDEX = 40;

type Place = Pick<Transition, 'graph' | 'head'>;

/** True while the head has room for the rows of further items. */
export function hasRoomForItems(place: Place): boolean {
  if (!isCrowd(place.head)) return true;
  let bytes = 0;
  let former: Activation | undefined;
  for (const row of place.head.activations) {
    if (!waits(row)) continue;
    bytes += former && isInRange(place, former, row) ? INDEX : bytesAlone(place.head, row);
    if (bytes > ROOM) return false;
    former = row;
  }
  return true;
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

/** Bytes of a row and of the sub-flow that it belongs to. */
function bytesAlone({ frames }: Head, row: Activation): number {
  const child = row.home === undefined ? undefined : frames[row.home];
  return INDEX + bytesOf(row) + (child ? bytesOf(child) : 0);
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
  const tick = Math.max(SHORTEST_TICK, 2 ** Math.floor(Math.log2(longest * LATE)));
  // Ticks count from the execution's start: those of different executions are not due together.
  return head.createdAt + Math.ceil((now + longest - head.createdAt) / tick) * tick;
}
