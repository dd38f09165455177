/** One line that says what an execution is doing. It follows from the head alone, so it is as new as the newest commit. */
import type { Activation, Head } from '../../engine/head.ts';
import { placeOf } from '../../engine/history/records.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { iso } from '../app/checks/times.ts';
import { openLists } from './lists.ts';

const LONGEST = 80;

export function nowOf(graph: Graph | undefined, head: Head, status: ExecutionStatus): string {
  const text = describe(graph, head, status).replaceAll(/\s+/g, ' ').trim();
  return text.length <= LONGEST ? text : `${[...text.slice(0, LONGEST - 1)].join('').trimEnd()}…`;
}

function describe(graph: Graph | undefined, head: Head, status: ExecutionStatus): string {
  const { failure, cancelReason, joins, activations } = head;
  switch (status) {
    case 'failed':
      return failure ? `${failure.chunk}: ${failure.message}` : 'failed';
    case 'cancelled':
      return cancelReason === undefined ? 'cancelled' : `cancelled: ${cancelReason}`;
    case 'completed':
      return 'completed';
    case 'paused':
      return head.paused?.actor === undefined ? 'paused' : `paused by ${head.paused.actor}`;
    case 'created':
      return 'not started';
    case 'blocked':
      return graph ? `${joins[0]?.node ?? 'a join'} lacks a value` : 'the version of its flow is not deployed';
    case 'idle':
      return 'waits for a signal';
    case 'waiting':
    case 'running':
      return waits(head) ?? retry(graph, head) ?? list(head) ?? work(graph, head, activations) ?? 'has work to do';
    default:
      return status satisfies never;
  }
}

function waits(head: Head): string | undefined {
  const pending = pendingWaits(head);
  const [first] = [...pending].sort((a, b) => a.createdAt - b.createdAt);
  if (!first) return undefined;
  const types = [...new Set(pending.map(({ type }) => type))].join(', ');
  const until = first.expiresAt === undefined ? '' : `, the first until ${short(first.expiresAt)}`;
  if (pending.length > 1) return `waits for ${pending.length} answers (${types})${until}`;
  return `waits for an answer (${types})${until.replace(', the first', '')}`;
}

function retry(graph: Graph | undefined, head: Head): string | undefined {
  const next = head.activations
    .filter(({ dueAt, error, failed, sleeps }) => dueAt !== undefined && error && !failed && !sleeps)
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))[0];
  if (next?.dueAt === undefined) return undefined;
  return `tries ${nameOf(graph, head, next)} again at ${short(next.dueAt)}: ${next.error?.message ?? ''}`;
}

function list(head: Head): string | undefined {
  const [largest] = [...openLists(head)].sort((a, b) => b.total - a.total);
  if (!largest) return undefined;
  const failed = largest.failed === 0 ? '' : `, ${largest.failed} failed`;
  return `${largest.done} of ${largest.total} done${failed}`;
}

function work(graph: Graph | undefined, head: Head, activations: readonly Activation[]): string | undefined {
  const sleeps = activations.filter((each) => each.sleeps).sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
  const [first, second, ...more] = new Set(
    activations.filter((each) => !each.sleeps).map((each) => nameOf(graph, head, each)),
  );
  if (first === undefined) return sleeps[0]?.dueAt === undefined ? undefined : `sleeps until ${short(sleeps[0].dueAt)}`;
  const names = [first, ...(second === undefined ? [] : [second])].join(', ');
  return more.length > 0 ? `runs ${names} and ${more.length} more` : `runs ${names}`;
}

function nameOf(graph: Graph | undefined, head: Head, row: Activation): string {
  return (graph && placeOf({ graph, head }, row).chunk) ?? row.node;
}

/** A time to the second. */
function short(time: number): string {
  return `${iso(time).slice(0, 19)}Z`;
}
