/** Time, as far as the head knows it: what is due when, and when the sweeper has to look. */

import type { Activation, Head } from '../head.ts';
import { dueTimeOf } from '../outside/waits.ts';
import { isAwake } from '../work/settle.ts';
import { autoCloseAt } from './lifecycle.ts';

const GRAIN = 30_000;
/** A delayed message can't wait longer; the sweeper arms what is due later. */
export const ARM_AHEAD = 900_000;

/** The next time something has to happen by itself: a retry, an expiry, the automatic close. */
export function nextTimer(head: Head): number | undefined {
  const waits = head.failure ? [] : head.activations.filter((each) => !each.failed).map((each) => each.dueAt);
  return earliest([...waits, waitsDueAt(head), autoCloseAt(head)]);
}

function waitsDueAt(head: Head): number | undefined {
  return earliest(head.interrupts.map((wait) => dueTimeOf(head, wait)));
}

/** Whether a tick has something to do now. */
export function isDue(head: Head, now: number): boolean {
  const sleepers = !head.failure && head.activations.some((each) => isAwake(each, now));
  return sleepers || (earliest([waitsDueAt(head), autoCloseAt(head)]) ?? Infinity) <= now;
}

/** Whether something runs, or is about to, whose end may make room in the head. */
export function isLive(head: Head, now: number): boolean {
  const isSoon = (each: Activation): boolean => !each.failed && !each.sleeps && (each.dueAt ?? 0) <= now + ARM_AHEAD;
  return head.activations.some((each) => each.fence !== undefined || (!head.failure && isSoon(each)));
}

/** The next time a worker that finds nothing to do now should look again: a timer, or a lease that may have been left. */
export function nextCheckAt(head: Head, clockSkew: number): number | undefined {
  return earliest([nextTimer(head), head.hostLease?.until, ...head.leases.map((lease) => lease.until + clockSkew)]);
}

/**
 * When the sweeper has to look, given the time stored so far. Coarse and sticky, because moving it costs index writes: it moves
 * when it must come earlier or has passed, and may stay when nothing is left to look for (the sweeper clears it). For a timer it
 * is never later than the grain before it is due; ready work and leases may wait one grain more, so that taking turns between
 * them moves nothing.
 */
export function nextSweepAt(head: Head, stored: number | undefined, now: number): number | undefined {
  const ready = head.activations.some((each) => each.fence === undefined && !each.failed && each.dueAt === undefined);
  const urgent = head.outbox.length > 0 || (!head.failure && (ready || head.signals.length > 0));
  const at = earliest([urgent ? now + GRAIN : undefined, nextCheckAt(head, 0)]);
  if (at === undefined) return stored;
  const timerAt = nextTimer(head) ?? Infinity;
  const latest = Math.min(floorOf(at) + GRAIN, floorOf(timerAt));
  return stored === undefined || stored > latest || stored <= now ? floorOf(at) : stored;
}

function floorOf(time: number): number {
  return Math.floor(time / GRAIN) * GRAIN;
}

/** Notes the timer for which a delayed message is due, so that it is sent once. Says whether there is a new one. */
export function scheduleTimer(head: Head, now: number): void {
  const at = nextTimer(head);
  if (at !== undefined && at - now <= ARM_AHEAD) head.armed = at;
  else delete head.armed;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
