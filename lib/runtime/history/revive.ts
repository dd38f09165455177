/** Makes records of stubs, with what the head still knows about them. */
import { defined } from '../../defined.ts';
import type { Activation, Head, LedgerEntry } from '../../engine/head.ts';
import { beganAt } from '../../engine/history/changes.ts';
import { errorOf, type HistoryRecord, type HistoryType } from '../../engine/history/records.ts';
import { readStubs, type Stub, saysAll } from '../../engine/history/stubs.ts';
import { attributionOf } from '../../engine/outside/attribution.ts';
import { HISTORY_TYPE_OF } from '../../engine/outside/interrupts.ts';
import { entriesIn } from '../../engine/outside/ledger.ts';
import { firstOf } from '../../engine/outside/reruns.ts';
import { type Graph, type GraphNode, listeners, type NodeId, type Target } from '../../flow/graph/graph.ts';

/** Records that no worker holds: the calls of clients make them, and stub and head say what is to be said. */
const OUTSIDE: ReadonlySet<HistoryType> = new Set<HistoryType>([
  'started',
  'answered',
  'withdrawn',
  'signal_accepted',
  'intervention',
  'forked',
]);

/** Whether the stub may be all that there is of the record. Otherwise a worker or client may be about to store it. */
export function isOutside({ type, who }: Pick<Stub, 'type' | 'who'>): boolean {
  return OUTSIDE.has(type) || (type === 'host' && saysAll(who));
}

/** Whether the client that made the call stores the record: the stub lacks who made it. */
export function isOfClient({ type, who }: Pick<Stub, 'type' | 'who'>): boolean {
  return type === 'redriven' || (type === 'host' && !saysAll(who));
}

/** They take all that they say from stub and head. */
const SAID: ReadonlySet<HistoryType> = new Set<HistoryType>(['started', 'forked', 'withdrawn', 'answered', 'host']);

/**
 * Whether no worker can say more than stub and head do, so that the record is shown at once and stays. A signal with a node is
 * that of a chunk.
 */
export function isSaid(stub: Stub, head: Pick<Head, 'options' | 'history'>): boolean {
  const { type, seq, nodes, changes } = stub;
  if (changes !== undefined) return false;
  // The head says how it ended the last time.
  if (type === 'closed') return seq === head.history?.n;
  if (!isOutside(stub) || hasOwnValue(stub, head)) return false;
  return SAID.has(type) || (type === 'signal_accepted' && nodes.length === 0);
}

/** Whether the record has a value that neither stub nor head has: whoever commits the answer stores it. */
export function hasOwnValue({ type }: Pick<Stub, 'type'>, { options }: Pick<Head, 'options'>): boolean {
  return options.history === undefined && type === 'answered';
}

/** @param graph absent: this process does not know the definition */
export function revive(stub: Stub, head: Head, graph: Graph | undefined): HistoryRecord {
  const { seq, at, type, nodes } = stub;
  const node = nodes.at(-1);
  const path = nodes.slice(0, -1);
  const own = node === undefined ? undefined : nodeAt(graph, nodes);
  const place = {
    ...defined({ node }),
    ...(path.length > 0 ? { path: [...path] } : {}),
    ...(own?.node.kind === 'chunk' ? { chunk: own.node.chunk } : {}),
  };
  return { seq, at, type, ...place, ...factsOf(stub, head, graph, own) };
}

/** What nodes open, by their kind. */
const OPENS: Readonly<Partial<Record<GraphNode['kind'], NonNullable<HistoryRecord['kind']>>>> = {
  forEach: 'list',
  batch: 'branches',
  match: 'branches',
  subFlow: 'subFlow',
};

interface Found {
  readonly node: GraphNode;
  readonly graph: Graph;
}

function factsOf(stub: Stub, head: Head, graph: Graph | undefined, own: Found | undefined): Partial<HistoryRecord> {
  const { type, at, who = '', what, attempt = 1, since } = stub;
  const next = nextOf(own);
  switch (type) {
    case 'started':
      return { ...defined({ input: head.input }), ...head.startedBy, ...toNext(graph?.entry ?? []) };
    case 'forked':
      return copied(stub, head);
    case 'attempt_started':
    case 'attempt_succeeded':
    case 'attempt_failed':
    case 'attempt_vanished':
    case 'attempt_aborted': {
      const row = head.activations.find(({ id }) => id.startsWith(who));
      const isCurrent = row?.attempt === attempt;
      const failed = type === 'attempt_failed' && isCurrent && row.error;
      return {
        activationId: row?.id ?? who,
        attempt,
        ...(since === undefined ? {} : { ms: at - since }),
        ...(type === 'attempt_started' && attempt === 1 && row ? begunBy(stub, head, row) : { lost: true }),
        ...(failed ? { error: failed, ...defined({ nextAt: row.dueAt }) } : {}),
        ...(type === 'attempt_succeeded' ? next : {}),
      };
    }
    case 'sleeping':
    case 'waiting': {
      const wait = head.interrupts.find(({ activation }) => activation === who);
      const until = head.activations.find(({ id, sleeps }) => id === who && sleeps)?.dueAt;
      const facts = wait && { interruptId: wait.id, wait: wait.type, ...defined({ expiresAt: wait.expiresAt }) };
      return { activationId: who, ...facts, ...defined({ until }) };
    }
    case 'answered':
    case 'expired':
    case 'withdrawn':
      return { activationId: who, ...endingAt(head, stub), ...(type === 'withdrawn' ? {} : next) };
    case 'signal_accepted': {
      const [entry, other] = entriesIn(head).filter((each) => each.kind === 'signal' && each.at === at);
      const own = entry?.kind === 'signal' && !other ? { signalId: entry.id, ...attributionOf(entry) } : {};
      return { signal: who, ...own, ...toNext(listeners(graph?.on ?? {}, who)) };
    }
    case 'signal_delivered':
      return { signal: who, ...toNext(listeners(graph?.on ?? {}, who)) };
    case 'redriven': {
      const row = head.redrives?.find((each) => each.at === at);
      return row ? { redriveId: row.id, ...attributionOf(row), error: { message: '', ...row.error } } : {};
    }
    case 'intervention': {
      const row = head.interventions?.find((each) => each.at === at);
      return { action: who, ...defined({ version: row?.version, author: row?.author }) };
    }
    case 'host': {
      const by = who === 'cancel' ? { ...head.cancelledBy, ...defined({ reason: head.cancelReason }) } : {};
      const paused = who === 'pause' && head.paused && at >= head.paused.at ? attributionOf(head.paused) : {};
      return {
        action: who,
        ...by,
        ...paused,
        ...(who === 'claim' ? defined({ actor: what }) : defined({ key: what })),
      };
    }
    case 'closed': {
      const { failure, closing = 'completed' } = head;
      return failure ? { status: 'failed', error: { ...errorOf(failure), chunk: failure.chunk } } : { status: closing };
    }
    case 'joined':
      return own ? next : { node: who };
    case 'items_opened':
    case 'items_done':
      return defined({ kind: own && OPENS[own.node.kind] });
    case 'reminded':
    case 'escalated':
      return { activationId: who };
    default:
      return type satisfies never;
  }
}

function begunBy({ base }: Stub, head: Head, row: Activation): Partial<HistoryRecord> {
  if (head.options.history !== undefined) return {};
  const began = row.redriven === undefined && beganAt(head, row);
  const { input } = row;
  if (!began || base === undefined) return { input };
  return { input, base, ...(Object.keys(began).length > 0 ? { began } : {}) };
}

/** The record of a copy comes first in its history; others are in that of the execution that was copied. */
function copied({ at, seq }: Stub, head: Head): Partial<HistoryRecord> {
  const row = head.reruns?.find((each) => each.at === at);
  if (row) return { to: row.id, activationId: row.activation, ...attributionOf(row) };
  if (seq > 1 || head.forkedFrom === undefined) return {};
  const { activation = '' } = head.rerunFrom ?? {};
  const first = head.activations.find(({ id }) => id === firstOf(head.id, activation));
  return {
    from: head.forkedFrom,
    activationId: activation,
    ...(first && head.options.history === undefined ? { input: first.input } : {}),
    ...(first ? { next: [first.node] } : {}),
  };
}

/**
 * How the wait ended whose end was recorded at this time. An answer through the inbox was given before that. Without the
 * end of its id, as older versions wrote stubs, the time alone says which it is. Waits may have the same id one after the
 * other: the newest entries are those of the later stubs.
 */
function endingAt(head: Head, { seq, at, wait, type }: Stub): Partial<HistoryRecord> {
  const isIt = (entry: LedgerEntry) =>
    entry.kind === 'resume' &&
    HISTORY_TYPE_OF[entry.outcome] === type &&
    (wait === undefined ? entry.at === at : entry.id.endsWith(wait));
  const entries = entriesIn(head).filter(isIt);
  const isLater = (stub: Stub) => stub.seq > seq && stub.type === type && stub.wait === wait;
  const later =
    wait !== undefined && entries.length > 1 ? readStubs(undefined, head.history).filter(isLater).length : 0;
  const entry = entries.slice(0, entries.length - later).findLast((each) => each.at <= at);
  if (entry?.kind !== 'resume') return {};
  const { id, requestId } = entry;
  const reason = entry.outcome === 'cancelled' ? { reason: 'cancelled' } : {};
  return { interruptId: id, ...defined({ requestId }), ...attributionOf(entry), ...reason };
}

function nodeAt(graph: Graph | undefined, nodes: readonly NodeId[]): Found | undefined {
  let at = graph;
  for (const id of nodes.slice(0, -1)) {
    const node = at?.nodes[id];
    at = node?.kind === 'subFlow' ? node.graph : undefined;
  }
  const node = at?.nodes[nodes.at(-1) ?? ''];
  return at && node && { node, graph: at };
}

function nextOf(own: Found | undefined): Pick<HistoryRecord, 'next'> {
  if (!own) return {};
  const { node, graph } = own;
  return toNext([...node.out, ...(node.kind === 'chunk' ? listeners(graph.after, node.chunk) : [])]);
}

function toNext(targets: readonly Target[]): Pick<HistoryRecord, 'next'> {
  const names = targets.flatMap((target) => {
    if ('node' in target) return [target.node];
    if ('exit' in target) return [target.exit];
    if ('join' in target) return [target.join];
    return 'collect' in target ? [target.collect] : [];
  });
  return names.length > 0 ? { next: [...new Set(names)] } : {};
}
