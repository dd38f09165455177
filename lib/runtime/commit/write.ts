/** One conditional write of a head, and the values that no head has a use for. */
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import { nextSweepAt } from '../../engine/time/timers.ts';
import { refsOf } from '../../engine/values/value-refs.ts';
import { describeFault } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Tried } from './tries.ts';

/** One conditional write of a head; the values that it names are stored. */
export async function write(
  ports: Ports,
  { sweepAhead }: Parameters,
  record: ExecutionRecord,
  { head, folded }: { readonly head: Head; readonly folded: number },
  now: number,
): Promise<Tried<ExecutionRecord>> {
  const inbox = record.inbox.slice(folded);
  const next = nextSweepAt(head, record.wakeAt, now);
  // What is left in the inbox has to be looked for.
  const wakeAt = inbox.length > 0 ? Math.min(next ?? Infinity, now + sweepAhead) : next;
  const rests = wakeAt === undefined || wakeAt > now + sweepAhead;
  // A sealed execution takes answers: they are no reason to try again.
  const exclusive =
    inbox.length === 0 && (rests || head.lifecycle === 'closed' || head.lifecycle !== record.head.lifecycle);
  const request = { head, rev: record.rev, folded, exclusive, ...defined({ wakeAt }) };
  try {
    if ((await ports.executions.commit(request)) === 'conflict') return { kind: 'lost' };
  } catch (error) {
    ports.log.warn('commit outcome unknown', { executionId: head.id, ...describeFault(error) });
    return { kind: 'unknown', error };
  }
  const value = { head, rev: record.rev + 1, inbox, ...defined({ wakeAt }) };
  return { kind: 'done', value };
}

/** Values of lost tries that the last one had no use for are garbage that nothing else knows of. */
export async function dropUnused(
  ports: Ports,
  parameters: Parameters,
  head: Head,
  written: ReadonlySet<string>,
  now: number,
) {
  if (written.size === 0) return;
  const used = refsOf(head);
  const unused = [...written].filter((ref) => !used.has(ref));
  if (unused.length === 0) return;
  const owner = { executionId: head.id, inc: head.inc };
  await ports.values.drop(owner, unused, now + parameters.dropAfter).catch((error: unknown) => {
    ports.log.warn('values not dropped', { executionId: head.id, ...describeFault(error) });
  });
}
