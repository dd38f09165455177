/**
 * A worker session on one execution: claim, run concurrently, settle what has ended in one commit that also claims what
 * became ready, and so on until nothing is left or the deadline nears. While a commit is in flight further outcomes gather.
 */
import { heldBy, leaseOf } from '../engine/claim.ts';
import type { FlowEvent, Outcome } from '../engine/events.ts';
import { FlowError } from '../errors.ts';
import type { AnyFlow } from '../flow/flow.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import type { Commit, Committer } from './commit.ts';
import { at, messagesAfter } from './messages.ts';
import type { Parameters } from './parameters.ts';
import { sendQuietly } from './send.ts';
import type { Task, TaskRunner } from './tasks.ts';

export interface SessionOptions {
  readonly ports: Ports;
  readonly parameters: Parameters;
  readonly commit: Committer;
  readonly flow: AnyFlow;
  readonly tasks: TaskRunner;
  /** Signal messages received for the execution. */
  readonly deliver: number;
  /** Nothing else runs in this process meanwhile. */
  readonly solo: boolean;
  /** When the platform ends the process (ms). */
  readonly deadline: number;
}

const TOO_LARGE: ReadonlySet<string> = new Set(['head_too_large', 'value_too_large']);

interface Ended {
  readonly task: Task;
  readonly outcome: Outcome;
}

/** Runs a session to its end and gives the last known record. */
export async function runSession(first: ExecutionRecord, options: SessionOptions): Promise<ExecutionRecord> {
  const { ports, parameters, flow, tasks } = options;
  const { clock } = ports;
  const session = ports.entropy.id();
  const abortAt = options.deadline - parameters.abortMargin;
  const releaseAt = options.deadline - parameters.releaseMargin;
  let record = first;
  let ended: Ended[] = [];
  let received = options.deliver;
  let nextHeartbeat = Infinity;
  let armed = false;
  let flushed = new Set<string>();

  const claim = (now: number): FlowEvent => ({
    type: 'claim',
    session,
    until: now + parameters.lease,
    reclaimBefore: now - parameters.clockSkew,
    limit: now < abortAt ? parameters.claimLimit : 0,
    deliver: options.deliver,
    solo: options.solo,
  });

  /** Commits; afterwards the work that the session holds runs, and messages for the rest are sent. */
  const commit = async (events: (now: number) => readonly FlowEvent[]): Promise<Commit['kind']> => {
    const result = await options.commit(record, events, { graph: flow.graph, decide: tasks.decide });
    if (result.kind !== 'done') return result.kind;
    const now = clock.now();
    const before = result.before;
    record = result.record;
    tasks.adopt(record);
    const messages = [...messagesAfter({ before, after: record.head, now, received })];
    received = 0;
    const lease = leaseOf(record.head, session);
    const held = lease ? heldBy(record.head, lease) : [];
    if (lease && !armed) messages.push(at(record.head.id, 'timer', lease.until + parameters.clockSkew, now));
    armed ||= lease !== undefined;
    nextHeartbeat = now + parameters.lease * 0.3;
    tasks.keepOnly(held);
    for (const activation of held) tasks.begin(activation, (task, outcome) => ended.push({ task, outcome }));
    await sendQuietly(ports, messages);
    await flush();
    return 'done';
  };

  /** Does what the outbox asks for; the next commit clears it. */
  const flush = async (): Promise<void> => {
    const owner = { executionId: record.head.id, inc: record.head.inc };
    for (const row of record.head.outbox) {
      if (!flushed.has(row.id)) await ports.values.drop(owner, row.refs, clock.now() + parameters.dropAfter);
    }
    flushed = new Set(record.head.outbox.map((row) => row.id));
  };

  const settle = (batch: readonly Ended[], now: number): FlowEvent[] => [
    ...batch.map(({ task, outcome }): FlowEvent => ({ type: 'settle', ...task.token, outcome })),
    { type: 'clear', ids: [...flushed] },
    claim(now),
  ];

  try {
    return await run();
  } finally {
    tasks.keepOnly([]);
  }

  async function run(): Promise<ExecutionRecord> {
    let state = await commit((now) => [{ type: 'tick' }, claim(now)]);
    while (state === 'done' && (tasks.running() > 0 || ended.length > 0)) {
      const nextStop = clock.now() < abortAt ? abortAt : releaseAt;
      if (ended.length === 0) await tasks.next(Math.min(nextHeartbeat, nextStop) - clock.now());
      if (clock.now() >= abortAt) tasks.abort();
      const batch = ended;
      ended = [];
      if (clock.now() >= releaseAt) {
        await giveBack(batch);
        return record;
      }
      if (batch.length > 0) state = await settleAll(batch);
      else if (clock.now() >= nextHeartbeat) {
        state = await commit((now) => [{ type: 'heartbeat', session, until: now + parameters.lease }]);
      }
    }
    if (state === 'done' && record.head.outbox.length > 0) await commit(() => [{ type: 'clear', ids: [...flushed] }]);
    return record;
  }

  /** A head or value that would be too large fails the activations that make it so, one by one. */
  async function settleAll(batch: readonly Ended[]): Promise<Commit['kind']> {
    try {
      return await commit((now) => settle(batch, now));
    } catch (error) {
      if (!FlowError.is(error) || !TOO_LARGE.has(error.code)) throw error;
      const [only] = batch;
      if (batch.length === 1 && only)
        return commit((now) => settle([{ task: only.task, outcome: tooLarge(error) }], now));
      for (const one of batch) {
        const kind = await settleAll([one]);
        if (kind !== 'done') return kind;
      }
      return 'done';
    }
  }

  async function giveBack(batch: readonly Ended[]): Promise<Commit['kind']> {
    const started = tasks.started();
    return commit(() => [
      ...batch.map(({ task, outcome }): FlowEvent => ({ type: 'settle', ...task.token, outcome })),
      { type: 'release', session, started },
    ]);
  }
}

function tooLarge(error: FlowError): Outcome {
  return {
    kind: 'failed',
    error: { name: error.name, message: error.message, code: error.code },
    fatal: true,
    entropy: 0,
  };
}
