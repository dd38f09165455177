/** What a commit would make of an execution, without a write: sessions go on with it where they may store several steps at once. */
import type { FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import type { CommitOptions } from './commit.ts';
import { wholeShare } from './fit.ts';
import { nothingKnown, reduceFully } from './reduce-fully.ts';

/**
 * The head that a commit of these events would make now; nothing is written. `undefined`: a later commit may find other
 * values of shared data, or that it is too large.
 */
export async function previewCommit(
  ports: Ports,
  parameters: Parameters,
  options: CommitOptions,
  record: ExecutionRecord,
  makeEvents: (now: number) => readonly FlowEvent[],
): Promise<Head | undefined> {
  const now = ports.clock.now();
  const { lookups } = nothingKnown();
  const share = wholeShare(parameters.portion, record.inbox.length);
  const head = (await reduceFully(ports, options, record, makeEvents(now), now, { lookups, share }))?.head;
  if (!head || lookups.flowData.size > 0 || bytesOf(head) > parameters.headBytes) return undefined;
  return head;
}
