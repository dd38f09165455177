/** Timers of a head: what is due when, and when the sweeper has to look. */

import type { Activation, Head } from '../head.ts';
import { dueTimeOf } from '../outside/waits.ts';
import { isSleepOver } from '../work/settle.ts';
import { autoCloseAt } from './lifecycle.ts';

const GRAIN = 30_000;
/** The longest delay of a message (ms). The sweeper schedules later timers. */
export const ARM_AHEAD = 900_000;

/**
 * Time of the next timer (ms): a retry, an expiry, the automatic close, the end of the retention. A paused execution has none.
 */
export function nextTimer(head: Head): number | undefined {
  if (head.paused) return undefined;
  if (head.lifecycle === 'closed') return head.gone ? head.gone.purgeAt : head.keptUntil;
  let at = earlier(waitsDueAt(head), autoCloseAt(head));
  if (!head.failure) for (const { failed, dueAt } of head.activations) if (!failed) at = earlier(at, dueAt);
  return at;
}

function waitsDueAt(head: Head): number | undefined {
  let at: number | undefined;
  for (const wait of head.interrupts) at = earlier(at, dueTimeOf(head, wait));
  return at;
}

/** True when a tick has work to do now. */
export function isDue(head: Head, now: number): boolean {
  if (head.paused) return false;
  const sleepers = !head.failure && head.activations.some((each) => isSleepOver(each, now));
  return sleepers || (earlier(waitsDueAt(head), autoCloseAt(head)) ?? Infinity) <= now;
}

/** True when work is running or starts soon; its end may make room in the head. */
export function isLive(head: Head, now: number): boolean {
  const isSoon = (each: Activation): boolean => !each.failed && !each.sleeps && (each.dueAt ?? 0) <= now + ARM_AHEAD;
  return head.activations.some((each) => each.fence !== undefined || (!head.failure && isSoon(each)));
}

/** Whether a worker holds work under a lease that has not ended: its next commit may make room in the head. */
export function isHeld({ leases }: Head, now: number): boolean {
  return leases.some(({ until }) => until > now);
}

/** When a worker without work should look again (ms): at the next timer or the end of a lease. */
export function nextCheckAt(head: Head, clockSkew: number): number | undefined {
  let at = earlier(nextTimer(head), head.hostLease?.until);
  for (const { until } of head.leases) at = earlier(at, until + clockSkew);
  return at;
}

/**
 * The next sweep time (ms), floored to 30 s. Moving it costs index writes, so it moves only to an earlier time or once
 * it has passed. For a timer it is never later than the floored due time. Ready work and leases may wait 30 s longer,
 * so that alternating between them moves nothing. With nothing left to sweep it stays; the sweeper clears it.
 */
export function nextSweepAt(head: Head, stored: number | undefined, now: number): number | undefined {
  const ready = head.activations.some((each) => each.fence === undefined && !each.failed && each.dueAt === undefined);
  const mayStart = !head.failure && !head.paused;
  const urgent = head.outbox.length > 0 || (mayStart && (ready || head.signals.length > 0));
  const at = earlier(urgent ? now + GRAIN : undefined, nextCheckAt(head, 0));
  if (at === undefined) return stored;
  const timerAt = nextTimer(head) ?? Infinity;
  const latest = Math.min(floorOf(at) + GRAIN, floorOf(timerAt));
  return stored === undefined || stored > latest || stored <= now ? floorOf(at) : stored;
}

function floorOf(time: number): number {
  return Math.floor(time / GRAIN) * GRAIN;
}

/**
 * Notes the due time of the next delayed message, so that it is sent once. Timers beyond `ARM_AHEAD` are left to the
 * sweeper.
 */
export function scheduleTimer(head: Head, now: number): void {
  const at = nextTimer(head);
  if (at !== undefined && at - now <= ARM_AHEAD) head.armed = at;
  else delete head.armed;
}

/** These run several times for each commit, so they make no arrays. */
function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
