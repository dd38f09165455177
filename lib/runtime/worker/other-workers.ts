/**
 * What a session does because other sessions work on the same execution: it calls more of them for wide work, and it
 * commits less often while there are many, because each commit makes those of the others read and reduce again.
 */
import type { Head } from '../../engine/head.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Delayed } from '../../ports/wake-queue.ts';
import type { Parameters } from '../app/parameters.ts';
import { sendQuietly } from '../commit/send.ts';
import { claimable, type ListWork, wakeUp } from '../commit/wake-ups.ts';
import type { TaskRunner } from './attempts.ts';

/** Most sessions on one execution: with more of them commits conflict too often. */
const MOST = 24;
/** Work that one session is left to do alone (ms): a new session takes about as long to start. */
const WORTH = 300;
/**
 * When a session whose attempts go on calls others for the first time (ms after it began to wait). The attempts are taken to
 * last at least twice as long as that.
 */
const EARLY = 30;
/** How long called sessions get to claim before they are called again (ms). */
const ARRIVAL = 1_000;
/** Window of a group commit for each other session, in units of `backOff`, and its limit (ms). */
const WINDOW = 2;
const LONGEST_WINDOW = 1_000;
/** Outcomes that follow each other within this time are committed together (ms). */
const MOMENT = 2;
/** Average time of a commit beside others (ms). */
const COMMIT = 20;
/** Most chunks that it runs beyond the claim limit, as a share of it. */
const MORE = 0.75;
/** Longest wait before a first claim, for each session that the work is for, in units of `backOff`. */
const STAGGER = 0.7;
/** Weight of the newest attempt in the average duration. */
const NEWEST = 0.2;

export class OtherWorkers {
  readonly #session: string;
  readonly lists: ListWork;
  readonly #ports: Ports;
  readonly #parameters: Parameters;
  /** Average duration of attempts (ms). */
  #average: number | undefined;
  #calledAt = -Infinity;
  /** How many other sessions there were to be at the newest call. */
  #called = 0;
  /** Since when it waits for an attempt to end. */
  #waitsSince: number | undefined;
  /** Whether it is to call others before the attempts that it waits for have ended. */
  #looksEarly = true;
  #head: Head | undefined;

  constructor(session: string, graph: Graph, ports: Ports, parameters: Parameters) {
    this.#session = session;
    this.lists = { graph, crowds: parameters.crowds };
    this.#ports = ports;
    this.#parameters = parameters;
  }

  /** A commit is tried on this head. */
  look(head: Head): void {
    this.#head = head;
  }

  /** An attempt took so many milliseconds. */
  ended(duration: number): void {
    this.#waitsSince = undefined;
    this.#looksEarly = this.#calledAt === -Infinity;
    this.#average = this.#average === undefined ? duration : this.#average + NEWEST * (duration - this.#average);
  }

  /**
   * Waits before the first claim where others work too: sessions that were called together would lose most of their
   * first races. The wait grows with the number of sessions that the work is for.
   * @returns whether it waited, so the head is outdated
   */
  async arrive(head: Head): Promise<boolean> {
    const { clock, entropy } = this.#ports;
    const { backOff, claimLimit } = this.#parameters;
    if (head.leases.length === 0 || backOff === 0) return false;
    const expected = Math.min(MOST, Math.ceil(claimable(head, clock.now(), this.lists) / claimLimit));
    if (expected <= 1) return false;
    await clock.sleep(entropy.number() * STAGGER * backOff * expected);
    return true;
  }

  /**
   * Waits for an attempt to end. Where the first ones take long and others are to work too, it does not wait with the call until
   * they have ended: a new process needs its time as well.
   */
  async next(head: Head, tasks: TaskRunner, until: number): Promise<void> {
    const { clock } = this.#ports;
    this.#waitsSince ??= clock.now();
    const at = this.#looksEarly ? this.#waitsSince + EARLY : Infinity;
    await tasks.next(Math.min(until, at) - clock.now());
    if (clock.now() < at) return;
    this.#looksEarly = false;
    await sendQuietly(this.#ports, this.calls(head));
  }

  /**
   * How many more chunks it runs at once than the claim limit, because it works while it commits beside others: as many as it
   * ends in that time. None while it works alone, or where others would get too little.
   */
  get more(): number {
    const { backOff, claimLimit } = this.#parameters;
    const head = this.#head;
    const sessions = head?.leases.length ?? 0;
    if (!head || sessions <= 1 || !this.#average) return 0;
    const share = Math.floor(claimable(head, this.#ports.clock.now(), this.lists) / sessions);
    if (share < claimLimit) return 0;
    const committing = Math.min(LONGEST_WINDOW, WINDOW * backOff * (sessions - 1)) + COMMIT;
    return Math.min(Math.floor(MORE * claimLimit), share, Math.ceil((claimLimit * committing) / this.#average));
  }

  /** Waits for more outcomes to commit together; not while the session has much room for other work. */
  async gather({ leases }: Head, tasks: TaskRunner, ended: () => number, until: number): Promise<void> {
    const { clock, entropy } = this.#ports;
    const { backOff, claimLimit } = this.#parameters;
    const usual = WINDOW * backOff * (leases.length - 1);
    if (ended() === 0 || usual <= 0) return;
    const end = Math.min(until, clock.now() + Math.min(LONGEST_WINDOW, usual * (0.5 + entropy.number())));
    const goesOn = () => tasks.running() > 0 && clock.now() < end;
    while (goesOn() && ended() < claimLimit / 2) await tasks.next(end - clock.now());
    // Attempts that began together often end together: half of them now cost as much as all of them in a moment.
    for (let known = 0; goesOn() && ended() > known; ) {
      known = ended();
      await tasks.next(Math.min(MOMENT, end - clock.now()));
    }
  }

  /** Wake-ups for the sessions that the claimable work is worth. Only the session with the oldest lease calls. */
  calls(head: Head): readonly Delayed[] {
    const now = this.#ports.clock.now();
    const average = Math.max(this.#average ?? 0, 2 * (now - (this.#waitsSince ?? now)));
    const { claimLimit } = this.#parameters;
    const sessionsFor = (work: number) => Math.floor((work * average) / claimLimit / WORTH);
    // An upper bound costs less than the exact number, and is often enough.
    if (head.leases[0]?.session !== this.#session || sessionsFor(workIn(head)) === 0) return [];
    const rest = claimable(head, now, this.lists);
    const worth = Math.min(Math.ceil(rest / claimLimit), sessionsFor(rest), MOST - 1);
    const there = Math.max(head.leases.length - 1, now < this.#calledAt + ARRIVAL ? this.#called : 0);
    if (worth <= there) return [];
    this.#calledAt = now;
    this.#called = worth;
    return Array.from({ length: worth - there }, () => wakeUp(head.id));
  }
}

/** Activations, and items of lists that are none yet. */
function workIn({ activations, frames }: Head): number {
  let work = activations.length;
  for (const scope in frames) {
    const frame = frames[scope];
    if (frame?.kind === 'list') work += frame.count - frame.next;
  }
  return work;
}
