/** The open lists of an execution, in numbers. */

import { outerOf } from '../../engine/frames/scopes.ts';
import { countParts } from '../../engine/frames/tally.ts';
import type { Head, ListFrame, ScopeId } from '../../engine/head.ts';
import { pathOf } from '../../engine/history/records.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { type Doing, stateOf } from './doing.ts';

/** Most lists shown. */
const MOST = 50;

/**
 * How far a list is. The numbers are items, with `batchSize` batches of them. Items that are in none but `total` have
 * not begun, or are about to run.
 */
export interface OpenList {
  readonly node: string;
  /** Nodes of the sub-flows around it, outermost first. */
  readonly path?: readonly string[];
  readonly scope: string;
  /** With a result that is no failure. */
  readonly done: number;
  readonly running: number;
  /** Failed for good. */
  readonly failed: number;
  /** The next attempt of one of their chunks is due later. */
  readonly retrying: number;
  /** They wait for an answer, or sleep. */
  readonly waiting: number;
  /** Known so far, where a chunk gives the list page by page. */
  readonly total: number;
}

type Kind = 'failed' | 'running' | 'retrying' | 'waiting';

/** An item is counted once: as the first of these that holds for something in it. */
const ORDER: readonly Kind[] = ['failed', 'running', 'retrying', 'waiting'];
const KINDS: Readonly<Record<Doing['state'], Kind | undefined>> = {
  failed: 'failed',
  running: 'running',
  awaiting: 'running',
  retrying: 'retrying',
  waiting: 'waiting',
  sleeping: 'waiting',
  ready: undefined,
  parked: undefined,
};

export function openLists(head: Head): readonly OpenList[] {
  const lists = Object.entries(head.frames).flatMap(([scope, frame]) =>
    frame.kind === 'list' && !frame.over ? [[scope, frame] as const] : [],
  );
  if (lists.length === 0) return [];
  const kinds = kindsOf(head);
  return lists.slice(0, MOST).map(([scope, frame]) => count(head, scope, frame, kinds));
}

function count(head: Head, scope: ScopeId, list: ListFrame, kinds: ReadonlyMap<ScopeId, Kind>): OpenList {
  const { succeeded, failed, total } = countParts(list);
  const { errors = 0 } = list;
  const counts = { done: succeeded - errors, running: 0, failed: failed + errors, retrying: 0, waiting: 0, total };
  for (const [at, frame] of Object.entries(head.frames)) {
    if (frame.kind !== 'item' || frame.parent.scope !== scope || frame.over) continue;
    const kind = kinds.get(at);
    if (kind) counts[kind] += 1;
  }
  const path = pathOf(head, list.parent.home);
  return { node: list.node, ...(path.length > 0 ? { path } : {}), scope, ...counts };
}

/** By the scopes of items: what goes on in them. */
function kindsOf(head: Head): ReadonlyMap<ScopeId, Kind> {
  const kinds = new Map<ScopeId, Kind>();
  const add = (scope: ScopeId, kind: Kind | undefined) => {
    if (!kind) return;
    for (let at: ScopeId | undefined = scope; at !== undefined; at = outerOf(head, at)) {
      const known = kinds.get(at);
      if (!known || ORDER.indexOf(kind) < ORDER.indexOf(known)) kinds.set(at, kind);
    }
  };
  for (const row of head.activations) add(row.scope, KINDS[stateOf(row)]);
  for (const { scope } of pendingWaits(head)) add(scope, 'waiting');
  return kinds;
}
