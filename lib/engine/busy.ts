/** Which items and branches of running operators have live work: counted once for all operators, then kept up with new rows. */
import type { Activation, BranchFrame, Head, ListFrame, Path, QueuedSignal, ScopeId } from './head.ts';
import type { Turn } from './turn.ts';

/** Valid while rows and frames are only added; `forgetBusy` or a replaced list of rows makes the next query count anew. */
export interface BusyIndex {
  readonly activations: readonly Activation[];
  readonly signals: readonly QueuedSignal[];
  /** How many rows of each list are counted. */
  counted: { activations: number; signals: number };
  /** Scopes whose way up is counted already. */
  readonly walked: Set<ScopeId>;
  /** Busy items (their scopes) by list, busy branches (their nodes) by operator. */
  readonly parts: Map<ScopeId, Set<string>>;
}

/** Branches or items with work that is ready, running, retried or queued; those that only wait for people do not count. */
export function busyIn(turn: Turn, scope: ScopeId, { kind }: BranchFrame | ListFrame): number {
  const parts = indexOf(turn).parts.get(keyOf(kind, scope));
  return parts?.size ?? 0;
}

/** To be called where rows or frames are removed, or fail. */
export function forgetBusy({ cache }: Turn): void {
  delete cache.busy;
}

function indexOf({ head, cache }: Turn): BusyIndex {
  const { activations, signals } = head;
  const known = cache.busy;
  const isValid = known?.activations === activations && known.signals === signals;
  const index = isValid ? known : newIndex(head);
  cache.busy = index;
  for (const row of activations.slice(index.counted.activations)) if (!row.failed) count(head, index, row, row.node);
  for (const row of signals.slice(index.counted.signals)) count(head, index, row);
  index.counted = { activations: activations.length, signals: signals.length };
  return index;
}

function newIndex({ activations, signals }: Head): BusyIndex {
  return { activations, signals, counted: { activations: 0, signals: 0 }, walked: new Set(), parts: new Map() };
}

function count({ frames }: Head, index: BusyIndex, { scope }: Path, node?: string): void {
  if (node !== undefined && frames[scope]?.kind === 'branches') add(index, keyOf('branches', scope), node);
  for (let at = scope; !index.walked.has(at); ) {
    const frame = frames[at];
    if (!frame) return;
    index.walked.add(at);
    if (frame.kind === 'item') add(index, keyOf('list', frame.parent.scope), at);
    at = frame.parent.scope;
  }
}

function add({ parts }: BusyIndex, key: string, part: string): void {
  const known = parts.get(key);
  if (known) known.add(part);
  else parts.set(key, new Set([part]));
}

function keyOf(kind: 'list' | 'branches', scope: ScopeId): string {
  return `${kind} ${scope}`;
}
