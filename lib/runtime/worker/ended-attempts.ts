/**
 * Ended attempts of a session, reported once their commit has decided: failed ones to a host in the same process, all of
 * them to traces and metrics.
 */
import type { Answer, FlowEvent, Outcome, SettleEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord, HistoryType } from '../../engine/history/records.ts';
import { describeThrown, loggedCode } from '../../errors/errors.ts';
import { readThrown } from '../../errors/thrown.ts';
import type { Ports } from '../../ports/ports.ts';
import type { AttemptOutcome } from '../../ports/telemetry.ts';
import { hasFailureListener, publishFailure } from '../chunk/attempts-channel.ts';
import type { Task } from './attempts.ts';

interface Ended {
  readonly task: Task;
  readonly error: unknown;
}

const OUTCOMES: Readonly<Record<Outcome['kind'], AttemptOutcome>> = {
  done: 'succeeded',
  page: 'succeeded',
  slept: 'sleeping',
  paused: 'waiting',
  failed: 'failed',
};
/** The history knows better: the commit may have refused what the attempt asked for. */
const RECORDED: { readonly [Type in HistoryType]?: AttemptOutcome } = {
  attempt_succeeded: 'succeeded',
  attempt_failed: 'failed',
  attempt_aborted: 'aborted',
  sleeping: 'sleeping',
  waiting: 'waiting',
};

export class EndedAttempts {
  readonly #meter: Ports['meter'];
  readonly #ended = new WeakMap<Outcome, Ended>();
  /** Some attempt is to be reported. */
  #isWanted = false;
  #at = 0;
  #events: readonly FlowEvent[] = [];

  constructor({ meter }: Pick<Ports, 'meter'>) {
    this.#meter = meter;
  }

  /** @param thrown the error behind the outcome of a failed attempt */
  note(task: Task, outcome: Outcome, thrown: unknown): void {
    const error = outcome.kind === 'failed' ? (thrown ?? outcome.error) : undefined;
    if (error === undefined && !task.span && !this.#meter) return;
    this.#ended.set(outcome, { task, error });
    this.#isWanted = true;
  }

  /** Remembers the events of the newest try of a commit, and returns them. @param at the time of the try */
  tried(at: number, events: readonly FlowEvent[]): readonly FlowEvent[] {
    this.#at = at;
    this.#events = events;
    return events;
  }

  /** Whether the newest commit ended an attempt. */
  get isAny(): boolean {
    return this.#events.some(({ type }) => type === 'settle');
  }

  /**
   * @param answers answers to the events of the newest try, in the same order
   * @param isUncertain an earlier try may have been stored, so that the answers are those to repeats
   */
  tell(answers: readonly Answer[], head: Head, records: readonly HistoryRecord[], isUncertain: boolean): void {
    if (!this.#isWanted) return;
    for (const [i, event] of this.#events.entries()) {
      const ended = event.type === 'settle' ? this.#ended.get(event.outcome) : undefined;
      if (event.type !== 'settle' || !ended) continue;
      const isApplied = answers[i]?.kind === 'applied';
      const record = recordOf(event, ended.task, records);
      const how = (record && RECORDED[record.type]) ?? OUTCOMES[event.outcome.kind];
      this.#observe(ended, isApplied || isUncertain ? how : 'aborted', ended.error ?? record?.error);
      if (isApplied && event.outcome.kind === 'failed' && hasFailureListener()) this.#publish(event, ended, head);
    }
  }

  #observe({ task: { info, since, span } }: Ended, how: AttemptOutcome, error: unknown): void {
    if (how === 'failed') span?.end(how, this.#at, errorTypeOf(error));
    else span?.end(how, this.#at);
    const { flow, chunk } = info;
    this.#meter?.record('attemptDuration', Math.max(0, this.#at - since), { flow, chunk, outcome: how });
  }

  #publish({ activation }: SettleEvent, { task, error }: Ended, head: Head): void {
    const row = head.activations.find(({ id, failed }) => id === activation && !failed);
    publishFailure({ ...task.info, error, ...(row ? { nextAt: row.dueAt ?? this.#at } : {}) });
  }
}

/** How the attempt has ended by the history, if it is kept. */
function recordOf(event: SettleEvent, { info }: Task, records: readonly HistoryRecord[]): HistoryRecord | undefined {
  return records.find(
    ({ type, activationId, attempt }) =>
      activationId === event.activation && attempt === info.attempt && RECORDED[type] !== undefined,
  );
}

/** A code of this package, or the name of the error. Its message may quote values. */
function errorTypeOf(error: unknown): string {
  return loggedCode(readThrown(error).code) ?? describeThrown(error).error;
}
