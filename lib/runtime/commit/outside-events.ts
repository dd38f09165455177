/** Outside events: committed on the definition the execution runs on, with the wake-ups that follow. */
import type { Answer, FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { ID } from '../../flow/ids.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { findFlow } from '../app/definitions.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Commit, Committer } from './commit.ts';
import { sendQuietly } from './send.ts';
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

/** One event for an execution that is read first. `undefined`: it is not there. @throws FlowError `contention` */
export type Apply = (executionId: string, event: FlowEvent, options?: ChangeOptions) => Promise<Applied | undefined>;

export interface Applied {
  readonly answer: Answer | undefined;
  /** As it is stored now. */
  readonly head: Head;
}

export function createApply(ports: Ports, change: Change): Apply {
  return async (executionId, event, options) => {
    const record = await ports.executions.load(executionId);
    return record && settleChange(record, await change(record, [event], options));
  };
}

/** What a change of one event has come to. @throws FlowError `contention` */
export function settleChange({ head }: ExecutionRecord, result: Commit): Applied | undefined {
  if (result.kind === 'missing') return undefined;
  if (result.kind === 'contended') throw contended(head.id);
  return { answer: result.answers[0], head: result.record.head };
}

export function createChange(app: App, ports: Ports, parameters: Parameters, commit: Committer): Change {
  return async (record, events, { refusable = false, tries = parameters.commitTries } = {}) => {
    const flow = flowOf(app, record);
    const result = await commit(record, () => events, { flow, tries, growth: refusable ? 'new' : 'accepted' });
    if (result.kind === 'done') {
      const { before, record: after } = result;
      const now = ports.clock.now();
      await sendQuietly(ports, messagesAfter({ before, after: after.head, now, received: 0, leaves: true }));
    }
    return result;
  };
}

/** @throws FlowError `definition_missing` when this app does not hold the version the execution runs on */
export function flowOf(app: App, { head }: Pick<ExecutionRecord, 'head'>): AnyFlow {
  const flow = findFlow(app, head);
  if (flow) return flow;
  throw new FlowError(
    'definition_missing',
    `Execution ${head.id} runs a version of "${head.flow}" that this app does not hold. Deploy it beside the new one.`,
  );
}

/** @throws FlowError `invalid_request` */
export function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new FlowError('invalid_request', `The id ${JSON.stringify(id.slice(0, 40))} must match ${ID.source}.`);
}

export function contended(executionId: string): FlowError {
  return new FlowError(
    'contention',
    `Execution ${executionId} is very busy; the answer was not taken. Try again with the same request id.`,
  );
}
