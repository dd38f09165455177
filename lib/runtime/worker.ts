/** The step function's inside: turns wake-ups into sessions. */
import { isClaimable } from '../engine/claim.ts';
import { nextLook, nextTimer } from '../engine/timers.ts';
import { describeFault } from '../errors.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import { MAX_DELAY_SECONDS, type WakeMessage } from '../ports/wake-queue.ts';
import { type App, findFlow } from './app.ts';
import { createCommitter } from './commit.ts';
import { at, claimable } from './messages.ts';
import type { Parameters } from './parameters.ts';
import { createResources } from './resources.ts';
import { sendQuietly } from './send.ts';
import { runSession } from './session.ts';
import { createTaskRunner } from './tasks.ts';

export interface Worker {
  /**
   * Drives the executions of the messages until nothing is left to do or `deadline` (ms) nears. `failed` = unexpected, the
   * message should come again. Never bounces a message because others are busy with its execution.
   */
  handle(messages: readonly WakeMessage[], deadline: number): Promise<readonly ('done' | 'failed')[]>;
}

/** All wake-ups of one batch for one execution. */
interface Call {
  readonly executionId: string;
  readonly signals: number;
  readonly timer: boolean;
}

type Left = 'nothing' | 'suspects';

const UNKNOWN_DEFINITION_DELAY = 30;

export function createWorker(app: App, ports: Ports, parameters: Parameters): Worker {
  const commit = createCommitter(ports, parameters);
  const resources = createResources(app);

  const drive = async (call: Call, solo: boolean, deadline: number): Promise<Left> => {
    const record = await ports.executions.load(call.executionId);
    if (!record) return 'nothing';
    const { clock } = ports;
    const flow = findFlow(app, record.head.flow, record.head.fingerprint);
    if (!flow) {
      const message = { executionId: call.executionId, kind: call.signals > 0 ? 'signal' : 'wake' } as const;
      ports.log.warn('definition not in this app', { executionId: call.executionId, flow: record.head.flow });
      if (record.head.lifecycle !== 'closed') {
        await sendQuietly(ports, [{ message, delaySeconds: UNKNOWN_DEFINITION_DELAY }]);
      }
      return 'nothing';
    }
    if (!hasWork(record, call, clock.now(), parameters.clockSkew)) {
      await comeBack(record, call);
      return 'nothing';
    }
    const tasks = createTaskRunner({ ports, flow, resources, record });
    const options = { ports, parameters, commit, flow, tasks, deliver: call.signals, solo, deadline };
    const { head } = await runSession(record, options);
    const left = head.activations.filter((activation) => isClaimable(head, activation, clock.now()));
    if (left.length === 0) return 'nothing';
    if (!solo && clock.now() < deadline - parameters.abortMargin && left.every((activation) => activation.suspect))
      return 'suspects';
    await sendQuietly(ports, [at(head.id, 'wake', 0, 0)]);
    return 'nothing';
  };

  /** A timer message that comes too early, or meets a living lease, is sent again for the right time. */
  const comeBack = async ({ head }: ExecutionRecord, call: Call): Promise<void> => {
    const now = ports.clock.now();
    const due = nextLook(head, parameters.clockSkew);
    if (!call.timer || due === undefined || due - now > MAX_DELAY_SECONDS * 1_000) return;
    await sendQuietly(ports, [at(head.id, 'timer', due + 1, now)]);
  };

  const attempt = async (call: Call, solo: boolean, deadline: number): Promise<Left | 'failed'> => {
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
      const results = new Map<string, Left | 'failed'>();
      const first = calls.map(async (call) => {
        results.set(call.executionId, await attempt(call, calls.length === 1, deadline));
      });
      await Promise.all(first);
      for (const call of calls.filter((each) => results.get(each.executionId) === 'suspects')) {
        results.set(call.executionId, await attempt({ ...call, signals: 0 }, true, deadline));
      }
      return messages.map((message) => (results.get(message.executionId) === 'failed' ? 'failed' : 'done'));
    },
  };
}

function collect(messages: readonly WakeMessage[]): readonly Call[] {
  const calls = new Map<string, Call>();
  for (const { executionId, kind } of messages) {
    const known = calls.get(executionId) ?? { executionId, signals: 0, timer: false };
    const signals = known.signals + (kind === 'signal' ? 1 : 0);
    calls.set(executionId, { executionId, signals, timer: known.timer || kind === 'timer' });
  }
  return [...calls.values()];
}

function hasWork({ head, inbox }: ExecutionRecord, call: Call, now: number, clockSkew: number): boolean {
  if (inbox.length > 0 || head.outbox.length > 0 || claimable(head, now) > 0) return true;
  if (call.signals > 0 && head.signals.length > 0 && !head.failure) return true;
  if (head.leases.some((lease) => lease.until + clockSkew < now)) return true;
  return (nextTimer(head) ?? Infinity) <= now;
}
