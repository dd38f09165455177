/** What an execution is doing: activations and waits, the most urgent first, and joins with values. */
import { defined } from '../../defined.ts';
import { slotsOf } from '../../engine/frames/join-rows.ts';
import type { Activation, Head } from '../../engine/head.ts';
import { pathOf, placeOf } from '../../engine/history/records.ts';
import { countedAttempts, retryPolicy } from '../../engine/limits/retry-policy.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { graphAt } from '../../engine/transition.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { iso } from '../app/checks/times.ts';

/** Most activations and joins shown. */
const MOST = 50;
/** The most urgent first. */
const STATES = ['failed', 'waiting', 'retrying', 'running', 'awaiting', 'ready', 'parked', 'sleeping'] as const;

export interface Doing {
  /** `awaiting`: it waits for its awaited emit. `parked`: it waits for a slot of its operator. */
  readonly state: (typeof STATES)[number];
  readonly node: string;
  /** Nodes of the sub-flows around it, outermost first. */
  readonly path?: readonly string[];
  readonly chunk?: string;
  readonly activationId: string;
  /** Positions of the list items around it. */
  readonly items?: string;
  readonly attempt?: number;
  /** Attempts after which a failure is final. */
  readonly maxAttempts?: number;
  readonly since?: string;
  /** Why the last attempt failed. */
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly nextAt?: string;
  readonly until?: string;
  readonly interruptId?: string;
}

export interface OpenJoin {
  /** Id of the join; name of a collection. */
  readonly node: string;
  /** Nodes of the sub-flows around it, outermost first. */
  readonly path?: readonly string[];
  readonly scope: string;
  readonly kind: 'and' | 'collect';
  /** `by`: the chunk, signal or node that gave the value. */
  readonly have: readonly { readonly name: string; readonly at?: string; readonly by?: string }[];
  /** Names of the slots without a value. A collection that has fired lacks none. */
  readonly missing: readonly string[];
}

export function doingIn(graph: Graph | undefined, head: Head): readonly Doing[] {
  if (!graph) return [];
  const place = (row: Parameters<typeof placeOf>[1]) => placeOf({ graph, head }, row);
  const rows = head.activations.map((row): Doing => {
    const { id, since, dueAt, error } = row;
    const state = stateOf(row);
    const due = dueAt === undefined ? {} : state === 'sleeping' ? { until: iso(dueAt) } : { nextAt: iso(dueAt) };
    const times = { ...(since === undefined ? {} : { since: iso(since) }), ...due };
    return {
      state,
      ...toPlace(place(row)),
      activationId: id,
      attempt: countedAttempts(row),
      maxAttempts: retryPolicy({ graph, head }, row).maxAttempts,
      ...times,
      ...defined({ error }),
    };
  });
  const waits = pendingWaits(head).map((wait): Doing => {
    const { id, activation, createdAt, expiresAt } = wait;
    const until = expiresAt === undefined ? {} : { until: iso(expiresAt) };
    return {
      state: 'waiting',
      ...toPlace(place(wait)),
      activationId: activation,
      since: iso(createdAt),
      ...until,
      interruptId: id,
    };
  });
  const urgency = ({ state }: Doing) => STATES.indexOf(state);
  return [...rows, ...waits].sort((a, b) => urgency(a) - urgency(b)).slice(0, MOST);
}

export function openJoins(graph: Graph | undefined, head: Head): readonly OpenJoin[] {
  return head.joins.slice(0, MOST).map((row) => {
    const { node, scope, home, kind, slots, filled = {} } = row;
    const path = pathOf(head, home);
    const names = graph ? slotsOf(graphAt({ graph, head }, home), row) : [];
    return {
      node,
      ...(path.length > 0 ? { path } : {}),
      scope,
      kind,
      have: Object.keys(slots).map((name) => {
        const { at, by } = filled[name] ?? {};
        return { name, ...(at === undefined ? {} : { at: iso(at) }), ...defined({ by }) };
      }),
      missing: names.filter((name) => !Object.hasOwn(slots, name)),
    };
  });
}

function toPlace({ node = '', path, chunk, items }: ReturnType<typeof placeOf>) {
  return { node, ...defined({ path, chunk, items }) };
}

/** What the activation is doing. */
export function stateOf({ failed, sleeps, fence, awaiting, parked, dueAt, attempt }: Activation): Doing['state'] {
  if (failed) return 'failed';
  if (sleeps) return 'sleeping';
  if (awaiting?.length) return 'awaiting';
  if (fence !== undefined) return 'running';
  if (parked) return 'parked';
  return dueAt !== undefined && attempt > 0 ? 'retrying' : 'ready';
}
