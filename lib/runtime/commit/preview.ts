/**
 * Computes the head that a commit would store, without writing it. Sessions continue from it when they may store
 * several steps at once.
 */
import type { FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { measure } from '../../engine/values/ranges/item-ranges.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import type { CommitOptions } from './commit.ts';
import { wholeShare } from './fit.ts';
import { noLookups, reduceFully } from './reduce-fully.ts';

/**
 * Returns the head that a commit of these events would store now. `undefined` when shared data is involved or the head
 * is too large: a later commit could then decide differently.
 */
export async function previewCommit(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: (now: number) => readonly FlowEvent[],
): Promise<Head | undefined> {
  const now = ports.clock.now();
  const { portion, startAhead, crowds, headFormat } = parameters;
  const { lookups } = noLookups();
  const share = wholeShare(portion, record.inbox.length);
  const reducing = { ...options, startAhead, crowds, headFormat };
  const head = (await reduceFully(ports, reducing, record, makeEvents(now), now, { lookups, share }))?.head;
  if (!head || lookups.flowData.size > 0 || measure(head, { format: headFormat }).bytes > parameters.headBytes)
    return undefined;
  return head;
}
