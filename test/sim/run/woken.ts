/** While no message is lost, wake-ups alone keep work going: the sweeper must not be the first to find it. */
import type { InboxEvent } from '../../../lib/engine/events.ts';
import type { Activation, Head } from '../../../lib/engine/head.ts';
import { pendingWait } from '../../../lib/engine/outside/interrupts.ts';
import { pendingWaits } from '../../../lib/engine/outside/waits.ts';
import { runningIn } from '../watch/limits.ts';
import { timersOf } from '../watch/stores.ts';
import type { Stage } from '../world/stage.ts';
import type { Call } from '../world/world.ts';

/** Delays in whole seconds, clock skew, and a timer that is sent again. */
const GRACE = 3_000;
/** Inbox signals without room in the head are queued and retried after this time (ms). */
const ROOM_PAUSE = 5_000;
/** Longest wait between two tries of one write. */
const BACK_OFF = 1_600;
/** Work due later than this after a commit is armed by the sweeper: no message can be delayed that long. */
const ARM_AHEAD = 900_000 - GRACE;

export function checkWoken({ world, watch, queue }: Stage): void {
  if (!world.calm) return;
  const busy = [...world.living].filter((process) => process.kind !== 'sweeper');
  const atRest = new Set(
    busy.filter((process) => world.calls.every((call) => call.process !== process || rests(call, world.now))),
  );
  for (const [id, { head, inbox, committedAt }] of watch.books) {
    // Its host does the work.
    if (head.hostLease && head.hostLease.until + GRACE > world.now) continue;
    const due = head.activations.some(
      (each) =>
        each.fence === undefined &&
        !each.failed &&
        !each.parked &&
        (each.dueAt ?? 0) + GRACE <= world.now &&
        !awaitsWork(head, each),
    );
    const works = !head.failure && !head.paused && head.lifecycle !== 'closed' && (due || head.signals.length > 0);
    // A full head keeps due work until it is retried.
    const waits = head.overfull ? pendingWaits(head) : head.interrupts;
    const expires = !head.paused && waits.some((each) => (each.expiresAt ?? Infinity) + GRACE <= world.now);
    const there = busy.filter((process) => process.handles?.has(id) ?? true);
    if (
      busy.some(
        (process) =>
          process.tells && world.calls.some((call) => call.process === process && tells(call, id, world.now)),
      )
    )
      continue;
    // A process that only runs chunks claims no more work, so work with room would be held up.
    const heldUp = due && works && hasRoom(head) && there.every((process) => atRest.has(process));
    if (there.length > 0 && !heldUp) continue;
    const hasEvents = inbox.some((event) => isUndecided(event, head));
    const isHeld = !due && !expires && !hasEvents && head.signals.some(({ outside }) => outside);
    if ((works || expires || hasEvents) && !queue.holdsSoon(id, isHeld ? ROOM_PAUSE + GRACE : GRACE))
      world.violate('not woken', `${id} has work and no message, although nothing was lost`);
    const timer = Math.min(...timersOf(head));
    if (timer <= committedAt + ARM_AHEAD && !queue.holdsSoon(id, Math.max(0, timer - world.now) + GRACE))
      world.violate('not woken', `${id} has a timer and no message, although nothing was lost`);
  }
}

/** The next commit decides the event. An answer to a wait that has ended is decided: its caller reads the ledger. */
export function isUndecided(event: InboxEvent, head: Head): boolean {
  return event.type !== 'resume' || pendingWait(head, event.interrupt, event.generation) !== undefined;
}

/** Work of the cascade of its awaited emit is left. */
function awaitsWork({ activations, signals, interrupts }: Head, { awaiting = [] }: Activation): boolean {
  const live = [...activations.filter(({ failed }) => !failed), ...signals, ...interrupts];
  return live.some(({ cascade }) => cascade !== undefined && awaiting.includes(cascade));
}

/** The process is at another execution, between two tries, or about to send messages. */
function tells({ name, dueAt }: Call, id: string, now: number): boolean {
  return name.split(' ')[1] === id || name.startsWith('send') || (name === 'sleep' && dueAt < now + BACK_OFF);
}

function rests({ name, dueAt }: Call, now: number): boolean {
  return name.startsWith('work ') || (name === 'sleep' && dueAt >= now + BACK_OFF);
}

/** An unblocked activation could run now, and its execution is below every limit. */
function hasRoom(head: Head): boolean {
  const { concurrency } = head.options;
  const waits = head.activations.some(
    ({ fence, awaiting, failed, parked }) => fence === undefined && !awaiting?.length && !failed && !parked,
  );
  return concurrency !== undefined && runningIn(head).length < concurrency && waits;
}
