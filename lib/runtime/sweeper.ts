/**
 * Heals what was lost: looks at the executions whose time to look has come and sends the wake-ups they need, delayed ones
 * for what is due soon. It never changes an execution but for clearing a time to look that nothing needs any more.
 */
import { nextLook, nextWake } from '../engine/timers.ts';
import { describeFault } from '../errors.ts';
import { type ExecutionRecord, WAKE_SHARDS } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import type { Delayed } from '../ports/wake-queue.ts';
import { at, claimable } from './messages.ts';
import type { Parameters } from './parameters.ts';
import { sendQuietly } from './send.ts';

export interface SweepReport {
  readonly examined: number;
  readonly sent: number;
  readonly cleared: number;
}

export interface Sweeper {
  /** One pass over all shards; stops early at `deadline` (ms) and leaves the rest to the next pass. */
  sweep(deadline: number): Promise<SweepReport>;
}

const PAGE = 100;
const SIGNALS = 32;

export function createSweeper(ports: Ports, parameters: Parameters): Sweeper {
  const examine = async (id: string, report: { examined: number; sent: number; cleared: number }): Promise<void> => {
    const record = await ports.executions.load(id);
    if (!record) return;
    report.examined += 1;
    const now = ports.clock.now();
    const messages = messagesFor(record, now, parameters);
    await sendQuietly(ports, messages);
    report.sent += messages.length;
    if (messages.length === 0 && (await settleDown(ports, record, now))) report.cleared += 1;
  };

  /** One execution that can't be looked at does not keep the sweep from the others; its time to look stays. */
  const look = async (id: string, report: { examined: number; sent: number; cleared: number }): Promise<void> => {
    try {
      await examine(id, report);
    } catch (error) {
      ports.log.error('sweep of an execution failed', { executionId: id, ...describeFault(error) });
    }
  };

  return {
    async sweep(deadline) {
      const report = { examined: 0, sent: 0, cleared: 0 };
      const first = ports.entropy.number() * WAKE_SHARDS;
      for (let i = 0; i < WAKE_SHARDS && ports.clock.now() < deadline; i += 1) {
        const shard = Math.floor(first + i) % WAKE_SHARDS;
        const ids = await ports.executions.listDue(shard, ports.clock.now() + parameters.sweepAhead, PAGE);
        for (const id of ids) if (ports.clock.now() < deadline) await look(id, report);
      }
      return report;
    },
  };
}

function messagesFor({ head, inbox }: ExecutionRecord, now: number, parameters: Parameters): readonly Delayed[] {
  const messages: Delayed[] = [];
  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0)
    messages.push(at(head.id, 'wake', now, now));
  if (!head.failure) {
    for (const signal of head.signals.slice(0, SIGNALS)) {
      messages.push({ message: { executionId: head.id, kind: 'signal', signalId: signal.id }, delaySeconds: 0 });
    }
  }
  const due = nextLook(head, parameters.clockSkew);
  if (due !== undefined && due - now <= parameters.sweepAhead) messages.push(at(head.id, 'timer', due + 1, now));
  return messages;
}

/** Moves the time to look to when there is something to look for; a lost race means that somebody is at work anyway. */
async function settleDown(ports: Ports, record: ExecutionRecord, now: number): Promise<boolean> {
  const wakeAt = nextWake(record.head, undefined, now);
  if (wakeAt === record.wakeAt) return false;
  const { head, rev } = record;
  const request = { head, rev, folded: 0, exclusive: true, ...(wakeAt === undefined ? {} : { wakeAt }) };
  return (await ports.executions.commit(request)) === 'committed';
}
