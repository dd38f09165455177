/** Runs the reducer and loads what it looks up, until nothing is missing. */

import { defined } from '../../defined.ts';
import type { FlowEvent } from '../../engine/events.ts';
import type { LedgerEntry, PartedList } from '../../engine/head.ts';
import { inMemory } from '../../engine/limits/readable.ts';
import type { Lookups, SharedLookups } from '../../engine/lookups.ts';
import { type Reduction, reduce } from '../../engine/reduce.ts';
import { ItemHashes } from '../../engine/values/ranges/item-hashes.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { contractLookups } from '../app/contracts/contract-lookups.ts';
import type { Parameters } from '../app/parameters.ts';
import type { CommitOptions } from './commit.ts';
import type { Share } from './fit.ts';

interface KnownLookups extends Lookups {
  readonly values: Map<string, Json>;
  readonly ledger: Map<string, readonly LedgerEntry[]>;
  readonly decisions: Map<string, readonly number[]>;
  readonly flowData: Map<string, SharedLookups>;
}

/** State shared by the tries of one commit, so that each value is stored and each lookup made once. */
export interface Known {
  readonly lookups: KnownLookups;
  /** References already assigned to values. */
  readonly refs: Map<Json, string>;
  /** References already assigned to parts of lists, by their content. */
  readonly parts: Map<string, string>;
  /** Lists that are stored in parts. */
  readonly lists: Map<Json, PartedList>;
  readonly written: Set<string>;
  readonly hashes: ItemHashes;
}

/** What a session keeps from commit to commit. */
export interface Kept {
  /** Stored values that commits have looked up. They never change, so the next commit need not reduce twice. */
  readonly values: Map<string, Json>;
  readonly hashes: ItemHashes;
}

export function keepNothing(): Kept {
  return { values: new Map(), hashes: new ItemHashes() };
}

export function noLookups({ values, hashes } = keepNothing()): Known {
  return {
    hashes,
    lookups: { values, ledger: new Map(), decisions: new Map(), flowData: new Map() },
    refs: new Map(),
    parts: new Map(),
    lists: new Map(),
    written: new Set(),
  };
}

/** Values that are kept. One is at most 128 KB of JSON, unless it is a single large value. */
const KEPT = 4;

/** Drops all but the newest values. */
export function keepNewest({ values }: Kept): void {
  for (const ref of values.keys()) if (values.size > KEPT) values.delete(ref);
}

type ReduceOptions = Pick<CommitOptions, 'flow' | 'decide'> &
  Partial<Pick<Parameters, 'startAhead' | 'crowds' | 'headFormat'>>;

/** Reduces until no lookup is missing. Returns `undefined` when a value is gone, so the head is outdated. */
export async function reduceFully(
  ports: Ports,
  { flow, decide, startAhead, crowds, headFormat }: ReduceOptions,
  { head, inbox }: ExecutionRecord,
  events: readonly FlowEvent[],
  now: number,
  { lookups, share }: { readonly lookups: KnownLookups; readonly share: Share },
): Promise<Reduction | undefined> {
  const owner = { executionId: head.id, inc: head.inc };
  const undecidable = new Set<string>();
  const { portion, folded, isWhole, isHeld, isRefused } = share;
  const hasMoreEvents = folded < inbox.length || !isWhole;
  const all = {
    ...lookups,
    portion,
    hasMoreEvents,
    ...defined({ startAhead, crowds, format: headFormat === undefined ? undefined : inMemory(headFormat) }),
    ...contractLookups(flow),
  };
  const entries = inbox.slice(0, isRefused ? 0 : folded).map((entry) => (isHeld ? { ...entry, isHeld } : entry));
  for (;;) {
    const reduction = reduce(flow.graph, head, [...entries, ...events], now, all);
    const { values, ledger, flowData } = reduction.missing;
    if (values.size > 0 || ledger.size > 0 || flowData.size > 0) {
      if (values.size > 0)
        for (const [ref, value] of await ports.values.get(owner, [...values])) lookups.values.set(ref, value);
      if ([...values].some((ref) => !lookups.values.has(ref))) return undefined;
      // Together: a commit that takes many posts has as many keys.
      const get = async (key: string) => [key, await ports.ledger.get(owner, key)] as const;
      for (const [key, found] of await Promise.all([...ledger].map(get))) lookups.ledger.set(key, found);
      await loadShared(ports, flowData, lookups.flowData);
      continue;
    }
    const undecided = new Set([...reduction.missing.decisions].filter((id) => !undecidable.has(id)));
    if (!decide || undecided.size === 0) return reduction;
    const decisions = await decide(undecided, reduction.head);
    for (const [id, decision] of decisions) lookups.decisions.set(id, decision);
    for (const id of undecided) if (!decisions.has(id)) undecidable.add(id);
  }
}

/** Loads the shared data of flows into the lookups of the reducer. */
export async function loadShared(ports: Ports, flows: ReadonlySet<string>, into: Map<string, SharedLookups>) {
  for (const flow of flows) {
    const { data, operations } = await ports.flowData.load(flow);
    into.set(flow, { data, made: operations });
  }
}
