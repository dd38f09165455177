/** Commits events from outside on the definition of the execution, and sends the wake-ups they cause. */
import type { Answer, FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { flowOf, loadReadable } from '../app/definitions.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Commit, Committer } from './commit.ts';
import { sendQuietly } from './send.ts';
import { upTo } from './tries.ts';
import { messagesAfter } from './wake-ups.ts';

/** @throws FlowError `definition_missing` */
export type Change = (
  record: ExecutionRecord,
  events: readonly FlowEvent[],
  options?: ChangeOptions,
) => Promise<Commit>;

export interface ChangeOptions {
  readonly refusable?: boolean;
  readonly tries?: number;
}

/** Loads an execution and commits one event. `undefined`: there is no such execution. @throws FlowError `contention` */
export type Apply = (executionId: string, event: FlowEvent, options?: ChangeOptions) => Promise<Applied | undefined>;

export interface Applied {
  readonly answer: Answer | undefined;
  /** The stored head after the event. */
  readonly head: Head;
}

export function createApply(ports: Ports, change: Change): Apply {
  return async (executionId, event, options) => {
    const record = await loadReadable(ports, executionId);
    return record && settleChange(record, await change(record, [event], options));
  };
}

/** Result of a commit with one event. @throws FlowError `contention` */
export function settleChange({ head }: ExecutionRecord, result: Commit): Applied | undefined {
  if (result.kind === 'missing') return undefined;
  if (result.kind === 'contended') throw contended(head.id);
  return { answer: result.answers[0], head: result.record.head };
}

export function createChange(app: App, ports: Ports, parameters: Parameters, commit: Committer): Change {
  return async (record, events, { refusable = false, tries = parameters.commitTries } = {}) => {
    const flow = flowOf(app, record);
    const result = await commit(record, () => events, {
      flow,
      mayTry: upTo(tries),
      growth: refusable ? 'new' : 'accepted',
    });
    if (result.kind === 'done') {
      const { before, record: after } = result;
      const now = ports.clock.now();
      await sendQuietly(
        ports,
        messagesAfter({ before, after: after.head, now, received: 0, committerIsNoWorker: true }),
      );
    }
    return result;
  };
}

export function contended(executionId: string): FlowError {
  return new FlowError(
    'contention',
    `Execution ${executionId}: too many concurrent writes, so this call was not confirmed. Repeat it with the same id.`,
  );
}
