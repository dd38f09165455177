/**
 * Recovers lost wake-ups: examines executions whose sweep time is due and sends the wake-ups they need, delayed ones
 * for items due soon. It changes nothing of an execution except its sweep time.
 */
import { defined } from '../../defined.ts';
import { isReadable } from '../../engine/limits/readable.ts';
import { nextCheckAt, nextSweepAt } from '../../engine/time/timers.ts';
import { storedText } from '../../engine/values/ranges/item-ranges.ts';
import { mayStart } from '../../engine/work/claims/claim.ts';
import { describeFault } from '../../errors/errors.ts';
import { type Due, type ExecutionRecord, WAKE_SHARDS } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Delayed } from '../../ports/wake-queue.ts';
import type { Parameters } from '../app/parameters.ts';
import { storedOf, withPages } from '../commit/paged.ts';
import { sendQuietly } from '../commit/send.ts';
import { claimable, delay, signalMessage, wakeUp } from '../commit/wake-ups.ts';

export interface SweepReport {
  readonly examined: number;
  readonly sent: number;
  readonly cleared: number;
}

export interface Sweeper {
  /**
   * Runs one pass over all shards. It stops before `deadline` (ms since the epoch) and leaves the rest to the next
   * pass.
   */
  sweep(deadline: number): Promise<SweepReport>;
}

const PAGE = 100;
/** Executions examined concurrently. */
const WIDTH = 16;
const SIGNALS = 32;

export function createSweeper(given: Ports, parameters: Parameters): Sweeper {
  const ports = withPages(given);
  const { clock, executions } = ports;

  /** A failure for one execution is logged and does not stop the sweep; its sweep time is unchanged. */
  const examine = async (id: string): Promise<Partial<SweepReport>> => {
    try {
      const record = await executions.load(id);
      if (!record || !isReadable(record.head)) return {};
      const now = clock.now();
      const messages = messagesFor(record, now, parameters);
      await sendQuietly(ports, messages);
      if (messages.length > 0) return { examined: 1, sent: messages.length };
      return { examined: 1, cleared: (await settleDown(ports, parameters, record, now)) ? 1 : 0 };
    } catch (error) {
      ports.log.error('sweep of an execution failed', { executionId: id, ...describeFault(error) });
      return {};
    }
  };

  return {
    async sweep(deadline) {
      const end = deadline - parameters.abortMargin;
      const total = { examined: 0, sent: 0, cleared: 0 };
      const first = Math.floor(ports.entropy.number() * WAKE_SHARDS);
      for (let i = 0; i < WAKE_SHARDS; i += 1) {
        const shard = (first + i) % WAKE_SHARDS;
        let after: Due | undefined;
        do {
          if (clock.now() >= end) return total;
          const due = await executions.listDue(shard, clock.now() + parameters.sweepAhead, PAGE, after);
          // An execution is listed once for its head and once for each post.
          const ids = [...new Set(due.map(({ id }) => id))];
          for (let at = 0; at < ids.length && clock.now() < end; at += WIDTH) {
            const reports = await Promise.all(ids.slice(at, at + WIDTH).map(examine));
            for (const { examined = 0, sent = 0, cleared = 0 } of reports) {
              total.examined += examined;
              total.sent += sent;
              total.cleared += cleared;
            }
          }
          after = due.length === PAGE ? due.at(-1) : undefined;
        } while (after);
      }
      return total;
    },
  };
}

/** These are not re-sent by their receiver (timers are); the next sweep sends them again. */
function messagesFor({ head, inbox }: ExecutionRecord, now: number, parameters: Parameters): readonly Delayed[] {
  const messages: Delayed[] = [];
  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));
  if (mayStart(head)) messages.push(...head.signals.slice(0, SIGNALS).map(() => signalMessage(head.id)));
  const due = nextCheckAt(head, parameters.clockSkew);
  if (due !== undefined && due - now <= parameters.sweepAhead) {
    messages.push({ ...wakeUp(head.id), delaySeconds: delay(due + 1, now) });
  }
  return messages;
}

/** Moves the sweep time to the next due item, or clears it. On a lost race another writer sets it. */
async function settleDown(
  ports: Ports,
  { headFormat }: Parameters,
  record: ExecutionRecord,
  now: number,
): Promise<boolean> {
  const wakeAt = nextSweepAt(record.head, undefined, now);
  if (wakeAt === record.wakeAt) return false;
  const { rev } = record;
  const head = storedOf(record);
  const text = storedText(head, { format: headFormat });
  const request = { head, text, rev, folded: 0, exclusive: true, ...defined({ wakeAt }) };
  return (await ports.executions.commit(request)) === 'committed';
}
