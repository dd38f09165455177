/**
 * Drives the reducer by hand. Every head passes through JSON, is checked for soundness, and every event is applied a
 * second time at once, as after an unknown outcome: the repeat must change nothing.
 */

import assert from 'node:assert/strict';
import type { Answer, Effects, FlowEvent, Outcome, Pause, StateOperation } from '../../lib/engine/events.ts';
import type { Activation, Head, LedgerEntry } from '../../lib/engine/head.ts';
import type { Lookups } from '../../lib/engine/lookups.ts';
import { pendingWaits } from '../../lib/engine/outside/waits.ts';
import { begin, type Reduction, reduce } from '../../lib/engine/reduce.ts';
import { nextSweepAt } from '../../lib/engine/time/timers.ts';
import { tokenOf } from '../../lib/engine/work/claims/attempt-token.ts';
import { heldBy, leaseOf } from '../../lib/engine/work/claims/leases.ts';

import type { Graph, NodeId } from '../../lib/flow/graph/graph.ts';
import { digest, type Json } from '../../lib/flow/json.ts';
import type { ExecutionOptions } from '../../lib/flow/options/execution.ts';

export const pass = ({ input }: { input: unknown }) => input;

export const LEASE = 20_000;
export const SKEW = 2_000;
const GRAIN = 30_000;

export interface ClaimOptions {
  readonly limit?: number;
  readonly deliver?: number;
  readonly solo?: boolean;
}

export interface Did {
  readonly state?: readonly StateOperation[];
  readonly emits?: readonly (readonly [name: string, value: Json])[];
}

export class Run {
  now = 1_000_000;
  /** How many due rows an event takes. Absent: all. */
  portion: number | undefined;
  wakeAt: number | undefined;
  head: Head;
  /** The decided case by match node; other matches stay undecided. */
  readonly decisions: Record<NodeId, number>;
  readonly graph: Graph;
  readonly values = new Map<string, Json>();
  readonly ledger = new Map<string, readonly LedgerEntry[]>();
  last: Reduction;

  constructor(
    flow: { readonly graph: Graph },
    input: Json = null,
    options: Partial<ExecutionOptions> = {},
    decisions: Record<NodeId, number> = {},
    id = 'x1',
  ) {
    this.graph = flow.graph;
    this.decisions = decisions;
    this.last = begin(
      flow.graph,
      {
        type: 'start',
        id,
        inc: 'inc1',
        flow: flow.graph.flow,
        fingerprint: 'f',
        input,
        options: { autoClose: false, autoCloseTimeout: 0, defaults: {}, ...options },
      },
      this.now,
    );
    this.head = this.keep(this.last.head);
  }

  /** Applies one event and checks the invariants that hold after every event. */
  apply(event: FlowEvent): Answer {
    const before = JSON.stringify(this.head);
    const reduction = this.reduce([event]);
    assert.equal(JSON.stringify(this.head), before, 'reduce must not touch its input');
    this.last = reduction;
    if (!reduction.changed) assert.deepEqual(plain(reduction.head, this.head), plain(this.head, this.head));
    this.head = this.keep(reduction.head);
    // A repeat takes the next portion.
    if (isRecognisable(event, this.head) && this.portion === undefined) {
      assert.deepEqual(this.reduce([event]).head, this.head, `a repeated ${event.type} changed the head`);
    }
    const [answer] = reduction.answers;
    assert.ok(answer);
    return answer;
  }

  /** Clears the outbox, as a session does. */
  clear(): Answer {
    return this.apply({ type: 'clear', ids: this.head.outbox.map((row) => row.id) });
  }

  reduce(events: readonly FlowEvent[]): Reduction {
    const decisions = new Map<string, readonly number[]>();
    const { values, ledger, portion } = this;
    const lookups: Lookups = { values, ledger, decisions, ...(portion === undefined ? {} : { portion }) };
    for (;;) {
      const reduction = reduce(this.graph, this.head, events, this.now, lookups);
      assert.deepEqual([...reduction.missing.values, ...reduction.missing.ledger], [], 'lookups are missing');
      const size = decisions.size;
      for (const { id, node } of [...reduction.head.activations, ...this.head.activations]) {
        const decision = this.decisions[node];
        if (reduction.missing.decisions.has(id) && decision !== undefined)
          decisions.set(id, decision < 0 ? [] : [decision]);
      }
      if (decisions.size === size) return reduction;
    }
  }

  claim(session = 'w', options: ClaimOptions = {}): readonly string[] {
    this.claimEvent(session, options);
    return this.held(session).map((activation) => activation.node);
  }

  claimEvent(session = 'w', { limit = 64, deliver = 0, solo = true }: ClaimOptions = {}): Answer {
    const { now } = this;
    return this.apply({
      type: 'claim',
      session,
      until: now + LEASE,
      reclaimBefore: now - SKEW,
      limit,
      deliver,
      solo,
    });
  }

  held(session = 'w'): readonly Activation[] {
    const lease = leaseOf(this.head, session);
    return lease ? heldBy(this.head, lease) : [];
  }

  /** The first activation at a node. */
  at(node: NodeId): Activation {
    const found = this.head.activations.find((activation) => activation.node === node);
    assert.ok(found, `nothing at ${node}, only at ${this.nodes().join(', ')}`);
    return found;
  }

  settle(node: NodeId, outcome: Outcome): Answer {
    return this.apply({ type: 'settle', ...tokenOf(this.at(node)), outcome });
  }

  done(node: NodeId, output: Json = null, did: Did = {}): Answer {
    return this.settle(node, { kind: 'done', output, effects: effects(did) });
  }

  fails(node: NodeId, options: { fatal?: boolean; retryAfter?: number; entropy?: number } = {}): Answer {
    const { fatal = false, entropy = 0, retryAfter } = options;
    const error = { name: 'Error', message: 'broken' };
    return this.settle(node, { kind: 'failed', error, fatal, entropy, ...(retryAfter ? { retryAfter } : {}) });
  }

  /** Settles as a pause. @returns the id of the interrupt */
  pauses(node: NodeId, options: Partial<Pick<Pause, 'id' | 'expiresIn' | 'onExpiry' | 'resumeTo'>> = {}): string {
    this.settle(node, {
      kind: 'paused',
      pause: { type: 'ask', payload: null, resumeTo: 'next', maxResumes: 1, ...options },
      effects: effects(),
    });
    return this.head.interrupts.at(-1)?.id ?? '';
  }

  /** The first awaited emit of the running activation of a node. */
  awaitsEmit(node: NodeId, signal: string, value: Json): Answer {
    const mark = { ...tokenOf(this.at(node)), ordinal: 1, hash: 'h' };
    return this.apply({ type: 'emit', ...mark, effects: effects(), emits: { signal, value } });
  }

  resume(interrupt: string, value: Json, requestId = 'r1', actor?: string): Answer {
    const who = actor === undefined ? {} : { actor };
    return this.apply({ type: 'resume', interrupt, requestId, value, valueHash: digest(value), ...who });
  }

  signal(name: string, value: Json = null, id = `${name}-1`): Answer {
    return this.apply({ type: 'signal', id, name, value });
  }

  tick(): Answer {
    return this.apply({ type: 'tick' });
  }

  close(pendingInterrupts: 'reject' | 'cancel' = 'reject'): Answer {
    return this.apply({ type: 'close', pendingInterrupts });
  }

  nodes(): readonly NodeId[] {
    return this.head.activations.map((activation) => activation.node);
  }

  /** The input of the first activation at a node. */
  input(node: NodeId): Json {
    const { input } = this.at(node);
    return jsonOf(input);
  }

  private keep(head: Head): Head {
    const stored: Head = JSON.parse(JSON.stringify(head));
    assert.deepEqual(stored, head, 'a head is JSON');
    this.wakeAt = nextSweepAt(stored, this.wakeAt, this.now);
    assertSound(stored, this.wakeAt, this.now);
    return stored;
  }
}

export function effects({ state = [], emits = [] }: Did = {}): Effects {
  return { state, signals: emits.map(([name, value]) => ({ name, value })) };
}

export function jsonOf(value: Activation['input']): Json {
  if ('v' in value) return value.v;
  if ('list' in value) return value.list.map(jsonOf);
  assert.ok('of' in value, 'the value is stored');
  return Object.fromEntries(Object.entries(value.of).map(([key, part]) => [key, jsonOf(part)]));
}

/** Invariants of every head. */
export function assertSound(head: Head, wakeAt: number | undefined, now: number): void {
  const fences = new Set(head.leases.map((lease) => lease.fence));
  assert.equal(fences.size, head.leases.length, 'fences are unique');
  assert.equal(new Set(head.activations.map(({ id }) => id)).size, head.activations.length, 'ids are unique');
  for (const { attempt, fence, node } of head.activations) {
    assert.ok(attempt >= 0, `negative attempt at ${node}`);
    assert.ok(fence === undefined || fences.has(fence), `${node} is held without a lease`);
  }
  for (const fence of fences) assert.ok(fence <= head.fence);
  const earliest = firstWork(head, now);
  if (earliest === undefined) return;
  assert.ok(wakeAt !== undefined, 'there is work without a sweep time');
  assert.ok(wakeAt <= Math.floor(earliest / GRAIN) * GRAIN + GRAIN, `${wakeAt} is too late for ${earliest}`);
}

/** The latest time for the next sweep, computed independently of the code under test. */
function firstWork(head: Head, now: number): number | undefined {
  const { autoClose, autoCloseTimeout } = head.options;
  if (head.paused) {
    const held = head.leases.map((lease) => lease.until);
    return held.length + head.outbox.length === 0
      ? undefined
      : Math.min(...held, ...head.outbox.map(() => now + GRAIN));
  }
  const waits = head.overfull ? pendingWaits(head) : head.interrupts;
  const times = [...head.leases.map((lease) => lease.until), ...waits.map((each) => each.expiresAt)];
  const closes = autoClose && autoCloseTimeout !== null && head.lifecycle !== 'closed';
  if (closes && head.idleSince !== undefined) times.push(head.idleSince + autoCloseTimeout);
  if (head.outbox.length > 0) times.push(now + GRAIN);
  if (!head.failure) {
    if (head.signals.length > 0) times.push(now + GRAIN);
    const waiting = head.activations.filter((each) => each.fence === undefined && !each.failed);
    for (const { dueAt } of waiting) times.push(dueAt ?? now + GRAIN);
  }
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A claim is recorded in its lease; a claim without work makes no lease. */
function isRecognisable(event: FlowEvent, head: Head): boolean {
  return event.type !== 'claim' || event.deliver === 0 || leaseOf(head, event.session) !== undefined;
}

/** `armed` is a hint for the sender of messages; a refresh of it needs no write. */
function plain({ armed: _, ...head }: Head, like: Head) {
  return { ...head, format: like.format };
}
