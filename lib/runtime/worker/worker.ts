/** The worker: turns wake-ups into sessions. */
import type { Head } from '../../engine/head.ts';
import { hostLeaseOf } from '../../engine/outside/host-lease.ts';

import { isDue, nextTimer } from '../../engine/time/timers.ts';
import { claimableOf, mayStart } from '../../engine/work/claims/claim.ts';
import { describeFault } from '../../errors/errors.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { WakeMessage, WakeQueue } from '../../ports/wake-queue.ts';
import type { App } from '../app/app.ts';
import { findFlow } from '../app/definitions.ts';
import type { Parameters } from '../app/parameters.ts';
import { createResources, withOwnResources } from '../app/resources.ts';
import { withBuiltIns } from '../bulk/built-in.ts';
import { createActs, createTools } from '../client/acts.ts';
import { createCommitter } from '../commit/commit.ts';
import { tracesOf } from '../commit/observe.ts';
import { withPages } from '../commit/paged.ts';
import { keepNothing } from '../commit/reduce-fully.ts';
import { sendQuietly } from '../commit/send.ts';
import { claimable, leaseEnd, timer, wakeUp, watchdog } from '../commit/wake-ups.ts';
import { isToRemove, remove } from '../removal/removal.ts';
import { createSharedData } from '../shared/shared-data.ts';
import { createExchange, createRemoteExchange, type InterruptLink } from './exchange.ts';
import { runSession } from './session.ts';
import type { SessionOptions } from './session-options.ts';

export interface Worker {
  /**
   * Runs the executions of the messages until no work is left or `deadline` (ms since the epoch) nears. `failed`:
   * unexpected error, the message must be redelivered. A message is `done` even when another worker holds its
   * execution.
   */
  handle(messages: readonly WakeMessage[], deadline: number): Promise<readonly ('done' | 'failed')[]>;
}

/** All wake-ups for one execution in one batch. */
interface Call {
  readonly executionId: string;
  readonly messages: readonly WakeMessage[];
}

type Left = 'nothing' | 'suspects' | 'failed';

/** What a host in this process adds to the executions it holds. */
export interface LocalHandles {
  /** Resources by name; they override those of the app. */
  resources(executionId: string): Readonly<Record<string, unknown>>;
  /** Fence of the host lease. */
  fence(executionId: string): number | undefined;
}

export interface WorkerOptions {
  /** Makes the callback URLs of announcements. */
  readonly link?: InterruptLink;
  /** Queue of an `Announcer` in another process, which announces instead of this worker. */
  readonly announcements?: WakeQueue;
  readonly local?: LocalHandles;
}

export function createWorker(
  known: App,
  given: Ports,
  parameters: Parameters,
  { link, announcements, local }: WorkerOptions = {},
): Worker {
  const ports = withPages(given);
  const { clock } = ports;
  const app = withBuiltIns(known, () => ({ client: createActs(createTools(known, ports, parameters)), clock }));
  const commit = createCommitter(ports, parameters);
  const resources = createResources(app);
  const exchange = announcements ? createRemoteExchange(app, announcements) : createExchange(app, ports, link);
  const shared = createSharedData(app, ports, parameters, commit);

  const drive = async ({ executionId, messages }: Call, solo: boolean, deadline: number): Promise<Left> => {
    const record = await ports.executions.load(executionId);
    if (!record) return 'nothing';
    if (record.head.gone || isToRemove(record, clock.now())) {
      if (isToRemove(record, clock.now())) await remove(ports, parameters, record, deadline - parameters.abortMargin);
      return 'nothing';
    }
    const flow = findFlow(app, record.head);
    if (!flow) {
      // Nothing is written or sent: the sweeper finds the execution again every minute, until a worker has its
      // definition.
      ports.log.warn('definition not in this app', { executionId, flow: record.head.flow });
      return 'nothing';
    }
    await resendEarly(record.head, messages);
    const theirs = hostLeaseOf(record.head, clock.now());
    if (theirs && theirs.fence !== local?.fence(executionId)) return 'nothing';
    const deliver = messages.filter((message) => message.kind === 'signal').length;
    if (!hasWork(record, deliver, clock.now(), parameters, flow.graph)) return 'nothing';
    const options: SessionOptions = {
      ports,
      parameters,
      commit: createCommitter(ports, parameters, keepNothing()),
      app,
      exchange,
      flow,
      resources: local ? withOwnResources(resources, () => local.resources(executionId)) : resources,
      ...(theirs ? { hostFence: theirs.fence } : {}),
      shared,
      deliver,
      solo,
      deadline,
    };
    const run = () => runSession(record, options);
    const { tracer } = ports;
    const about = () => ({ executionId, flow: flow.name, links: tracesOf(record.head, messages) });
    const { head, wakeAfter } = await (tracer ? tracer.session(about(), run) : run());
    const isCutOff = clock.now() >= deadline - parameters.abortMargin && isDue(head, clock.now());
    if (isCutOff) await sendQuietly(ports, [wakeUp(executionId)]);
    if (isCutOff || claimable(head, clock.now()) === 0) return 'nothing';
    if (!solo && claimableOf(head, clock.now()).every((activation) => activation.suspect)) return 'suspects';
    await sendQuietly(ports, [wakeUp(executionId, wakeAfter)]);
    return 'nothing';
  };

  /** Re-sends timers that arrived early and watchdogs of live leases. Other messages are done. */
  const resendEarly = async (head: Head, messages: readonly WakeMessage[]): Promise<void> => {
    const now = clock.now();
    const { armed } = head;
    const early = messages.some((message) => message.kind === 'timer' && message.due === armed);
    const again = early && armed !== undefined && armed > now ? [timer(head.id, armed, now)] : [];
    for (const { fence } of messages.filter((message) => message.kind === 'watchdog')) {
      const lease = head.leases.find((each) => each.fence === fence);
      if (lease && lease.until + parameters.clockSkew >= now)
        again.push(watchdog(head.id, lease, parameters.clockSkew, now));
    }
    const { hostLease } = head;
    const woken = messages.some(({ kind }) => kind === 'wake');
    // The sender's clock considers the lease ended.
    if (woken && hostLease && hostLease.until > now && hostLease.until <= now + 2 * parameters.clockSkew)
      again.push(leaseEnd(head.id, hostLease.until, now));
    await sendQuietly(ports, again);
  };

  const attempt = async (call: Call, solo: boolean, deadline: number): Promise<Left> => {
    try {
      return await drive(call, solo, deadline);
    } catch (error) {
      ports.log.error('session failed', { executionId: call.executionId, ...describeFault(error) });
      return 'failed';
    }
  };

  return {
    async handle(messages, deadline) {
      const calls = collect(messages);
      const results = new Map<string, Left>();
      const first = calls.map(async (call) => {
        results.set(call.executionId, await attempt(call, calls.length === 1, deadline));
      });
      await Promise.all(first);
      for (const { executionId } of calls.filter((call) => results.get(call.executionId) === 'suspects')) {
        const inTime = clock.now() < deadline - parameters.abortMargin;
        if (inTime) results.set(executionId, await attempt({ executionId, messages: [] }, true, deadline));
        else await sendQuietly(ports, [wakeUp(executionId)]);
      }
      return messages.map((message) => (results.get(message.executionId) === 'failed' ? 'failed' : 'done'));
    },
  };
}

function collect(messages: readonly WakeMessage[]): readonly Call[] {
  const ids = new Set(messages.map((message) => message.executionId));
  return Array.from(ids, (executionId) => ({
    executionId,
    messages: messages.filter((message) => message.executionId === executionId),
  }));
}

function hasWork(
  { head, inbox }: ExecutionRecord,
  deliver: number,
  now: number,
  { clockSkew, crowds }: Parameters,
  graph: Graph,
): boolean {
  if (inbox.length > 0 || head.outbox.length > 0 || claimable(head, now, { graph, crowds }) > 0) return true;
  if (deliver > 0 && head.signals.length > 0 && mayStart(head)) return true;
  if (head.hostLease && head.hostLease.until <= now) return true;
  if (head.leases.some((lease) => lease.until + clockSkew < now)) return true;
  return (nextTimer(head) ?? Infinity) <= now;
}
