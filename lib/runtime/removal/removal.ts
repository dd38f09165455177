/**
 * Deletes executions: a tombstone replaces the head, then what belonged to it is deleted, a portion at a time. A job that is
 * cut off goes on with the next wake-up.
 */
import { defined } from '../../defined.ts';
import type { GoneRow, Head } from '../../engine/head.ts';
import { type Attribution, attributionOf } from '../../engine/outside/attribution.ts';
import { endOf, isRetentionOver, namedByHead, TOMBSTONE_LIFE, tombstoneOf } from '../../engine/time/retention.ts';
import { nextSweepAt } from '../../engine/time/timers.ts';
import { describeFault } from '../../errors/errors.ts';
import { appendedIn, type ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { iso } from '../app/checks/times.ts';
import type { Parameters } from '../app/parameters.ts';
import { contended } from '../commit/outside-events.ts';
import { sendQuietly } from '../commit/send.ts';
import { type Tried, tryUntilDone, upTo } from '../commit/tries.ts';
import { delay, wakeUp } from '../commit/wake-ups.ts';
import { forgetAttributes } from '../shared/attribute-entries.ts';

/** How long the outbox of an execution may delay the end of its retention (ms). */
const GRACE = 24 * 3_600_000;

/** `already`: it was erased before. */
export type EraseAnswer = 'erasing' | 'already' | 'unknown';

/**
 * Replaces the head by a tombstone that holds nothing of the execution; workers delete the rest.
 * @throws FlowError `contention`
 */
export async function erase(
  ports: Ports,
  parameters: Parameters,
  id: string,
  by: Readonly<Attribution>,
): Promise<EraseAnswer> {
  const tryOnce = async (): Promise<Tried<EraseAnswer>> => {
    const record = await ports.executions.load(id);
    if (!record) return { kind: 'done', value: 'unknown' };
    if (record.head.gone?.how === 'erased') return { kind: 'done', value: 'already' };
    const at = ports.clock.now();
    const who = attributionOf(by);
    const job = { purgeAt: at, again: true, ...namedByHead(record.head) } as const;
    const gone: GoneRow = { how: 'erased', at, until: at + TOMBSTONE_LIFE, ...job, ...who };
    const tried = await replace(ports, record, tombstoneOf(record.head, gone));
    if (tried.kind !== 'done') return tried;
    ports.log.info('execution erased', { executionId: id, at: iso(at), ...who });
    await sendQuietly(ports, [wakeUp(id)]);
    return { kind: 'done', value: 'erasing' };
  };
  const answer = await tryUntilDone(ports, parameters, upTo(parameters.commitTries), tryOnce);
  if (answer === undefined) throw contended(id);
  return answer;
}

/** True when a worker has to delete the execution, or what is left of it. */
export function isToRemove({ head }: ExecutionRecord, now: number): boolean {
  if (head.gone) return (head.gone.purgeAt ?? Infinity) <= now;
  // What is still to be told or written comes first, but not for ever.
  return isRetentionOver(head, now - (head.outbox.length === 0 ? 0 : GRACE));
}

/** Deletes what is due, until `end` (ms since the epoch). */
export async function remove(
  ports: Ports,
  parameters: Parameters,
  record: ExecutionRecord,
  end: number,
): Promise<void> {
  const { head } = record;
  const now = ports.clock.now();
  if (head.gone) return purge(ports, parameters, record, head.gone, end);
  // After a short retention, a worker of its last steps may still be writing.
  const again = now - (head.closedAt ?? now) < longestWrite(parameters) ? { again: true as const } : {};
  const job = { purgeAt: now, ...again, ...namedByHead(head) };
  const gone: GoneRow = { how: 'expired', at: now, until: now + TOMBSTONE_LIFE, status: endOf(head), ...job };
  const tried = await replace(ports, record, tombstoneOf(head, gone));
  // Another writer was first, perhaps with a redrive: the next wake-up looks again.
  if (tried.kind === 'done') await purge(ports, parameters, tried.value, gone, end);
}

async function purge(
  ports: Ports,
  parameters: Parameters,
  record: ExecutionRecord,
  gone: GoneRow,
  end: number,
): Promise<void> {
  const { head } = record;
  const { id: executionId, inc } = head;
  const owner = { executionId, inc };
  const space = `${executionId}#${inc}`;
  const parts: readonly (() => Promise<'erased' | 'more'>)[] = [
    async () => {
      const { posted = [] } = (await ports.executions.load(executionId)) ?? {};
      await ports.executions.removePosts(owner, posted);
      return posted.length > 0 ? 'more' : 'erased';
    },
    () => ports.values.erase(owner),
    () => ports.ledger.erase(owner),
    () => ports.streams.erase(owner),
    () => ports.history.erase(owner),
    () => ports.artifacts.erase(space),
    () => ports.artifacts.erase(`${space}#snapshot`),
  ];
  for (const part of parts) {
    do {
      if (ports.clock.now() >= end) return sendQuietly(ports, [wakeUp(executionId)]);
    } while ((await part()) === 'more');
  }
  if (gone.attributes) await forgetAttributes(ports.attributes, head, gone.attributes);
  const { purgeAt: _, again, attributes = [], ...rest } = gone;
  const now = ports.clock.now();
  const lasts = longestWrite(parameters);
  const next = again ? { purgeAt: now + lasts, ...(attributes.length > 0 ? { attributes } : {}) } : {};
  await replace(ports, record, { ...head, gone: { ...rest, ...next } });
  if (again) await sendQuietly(ports, [{ ...wakeUp(executionId), delaySeconds: delay(now + lasts + 1, now) }]);
}

/** A worker or caller that read a head before it was replaced may write until its invocation ends (ms). */
function longestWrite({ lease, longestInvocation, clockSkew }: Parameters): number {
  return Math.max(lease, longestInvocation) + clockSkew;
}

async function replace(ports: Ports, record: ExecutionRecord, head: Head): Promise<Tried<ExecutionRecord>> {
  const wakeAt = nextSweepAt(head, undefined, ports.clock.now());
  const folded = appendedIn(record);
  const request = { head, rev: record.rev, folded, exclusive: true, ...defined({ wakeAt }) };
  try {
    if ((await ports.executions.commit(request)) === 'conflict') return { kind: 'lost' };
  } catch (error) {
    ports.log.warn('commit outcome unknown', { executionId: head.id, ...describeFault(error) });
    return { kind: 'unknown', error };
  }
  return { kind: 'done', value: { head, rev: record.rev + 1, inbox: [], ...defined({ wakeAt }) } };
}
