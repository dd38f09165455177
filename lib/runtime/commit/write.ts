/** One conditional write of a head, and the cleanup of values that no head uses. */
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import { nextSweepAt } from '../../engine/time/timers.ts';
import { indexesOf, refsOf } from '../../engine/values/value-refs.ts';
import { describeFault } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import { appendedIn, type CommitRequest, type ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { pageRefs, storedOf } from './paged.ts';
import type { Tried } from './tries.ts';
import { partsNamedIn } from './values.ts';

/**
 * Writes a head if its revision is still current, then deletes the posted events that it contains. Its values must be
 * stored before.
 */
export async function write(
  ports: Ports,
  { sweepAhead }: Parameters,
  record: ExecutionRecord,
  { head, text, paged, folded }: Pick<CommitRequest, 'head' | 'text' | 'folded'> & Pick<ExecutionRecord, 'paged'>,
  now: number,
): Promise<Tried<ExecutionRecord>> {
  const { posted = [] } = record;
  const appended = Math.min(folded, appendedIn(record));
  const left = appendedIn(record) - appended;
  const next = nextSweepAt(head, record.wakeAt, now);
  // The sweeper must find the appended entries that are left. Posted ones have a sweep time of their own.
  const wakeAt = left > 0 ? Math.min(next ?? Infinity, now + sweepAhead) : next;
  const rests = wakeAt === undefined || wakeAt > now + sweepAhead;
  // A sealed execution still takes answers; an appended answer is no reason to lose this write.
  // The end of a pause lets deadlines pass, so answers that were appended before count first.
  const unpauses = record.head.paused !== undefined && head.paused === undefined;
  const turns = unpauses || head.lifecycle !== record.head.lifecycle;
  const exclusive = left === 0 && (rests || head.lifecycle === 'closed' || turns);
  const stored = storedOf({ head, ...defined({ paged }) });
  const request = { head: stored, rev: record.rev, folded: appended, exclusive, ...defined({ text, wakeAt }) };
  try {
    if ((await ports.executions.commit(request)) === 'conflict') return { kind: 'lost' };
  } catch (error) {
    ports.log.warn('commit outcome unknown', { executionId: head.id, ...describeFault(error) });
    return { kind: 'unknown', error };
  }
  await removeTaken(ports, head, posted.slice(0, folded - appended));
  const keys = posted.slice(folded - appended);
  const rest = { inbox: record.inbox.slice(folded), ...(keys.length > 0 && { posted: keys }) };
  return { kind: 'done', value: { head, rev: record.rev + 1, ...rest, ...defined({ wakeAt, paged }) } };
}

/** Deletes posted events that the stored head contains. After a failure the next commit contains them again. */
export async function removeTaken(ports: Ports, { id, inc }: Head, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await ports.executions.removePosts({ executionId: id, inc }, keys).catch((error: unknown) => {
    ports.log.warn('posts not removed', { executionId: id, ...describeFault(error) });
  });
}

/** Drops values that lost tries stored and the final head does not use: nothing else refers to them. */
export async function dropUnused(
  ports: Ports,
  parameters: Parameters,
  record: Pick<ExecutionRecord, 'head' | 'paged'>,
  written: ReadonlySet<string>,
  now: number,
) {
  if (written.size === 0) return;
  const { head } = record;
  const used = new Set([...refsOf(head), ...pageRefs(record)]);
  const owner = { executionId: head.id, inc: head.inc };
  // After an unknown outcome a part of a list may be in use: a later commit can have moved it to a stored index.
  if ([...written].every((ref) => used.has(ref))) return;
  const indexes = [...indexesOf(head)];
  const named =
    indexes.length === 0 ? new Map<string, Json>() : await ports.values.get(owner, indexes).catch(() => undefined);
  if (named?.size !== indexes.length) return;
  const inLists = new Set(partsNamedIn([...named.values()]));
  const unused = [...written].filter((ref) => !used.has(ref) && !inLists.has(ref));
  if (unused.length === 0) return;
  await ports.values.drop(owner, unused, now + parameters.dropAfter).catch((error: unknown) => {
    ports.log.warn('values not dropped', { executionId: head.id, ...describeFault(error) });
  });
}
