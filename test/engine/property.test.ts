import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import type { FlowEvent } from '../../lib/engine/events.ts';
import type { Head } from '../../lib/engine/head.ts';
import { seqsOf } from '../../lib/engine/history/stubs.ts';
import { bytesOf } from '../../lib/engine/values/pack.ts';
import { digest } from '../../lib/flow/json.ts';
import { defineFlow } from '../../lib/index.ts';
import { effects, LEASE, pass, Run, SKEW } from './support.ts';

function small() {
  const flow = defineFlow({ name: 'small', defaults: { retry: { initialDelay: 500 } } });
  const [a, b, c] = [flow.chunk('a', pass), flow.chunk('b', pass), flow.chunk('c', pass)];
  flow
    .to('begin', pass)
    .batch([a, b])
    .match((m) => m.case({ a: 1, b: 1 }, (p) => p.to('hit', pass)))
    .to(c);
  flow.when('poke').to('poked', pass);
  flow.when(['poke', c]).to('met', pass);
  return flow;
}

const MATCH = 'begin>batch>match';

interface Walk {
  readonly events: Readonly<Record<string, number>>;
  readonly trace: string;
}

/** A random history. `Run` checks every head and that no event is applied twice. */
function walk(seed: number): Walk {
  const random = createSeededEntropy(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random.number() * items.length)];
  const autoClose = random.number() < 0.5;
  const mode = seed % 2 === 0 ? { interventionMode: 'auto' as const } : {};
  const options = { autoClose, autoCloseTimeout: 3_000, ...mode };
  const run = new Run(small(), 0, options, { [MATCH]: seed % 3 === 0 ? 0 : -1 });
  const events: Record<string, number> = {};
  const interrupts: string[] = [];

  const settle = (): FlowEvent | undefined => {
    const activation = pick(run.head.activations.filter(({ fence }) => fence !== undefined));
    if (!activation) return undefined;
    const stale = random.number() < 0.2 ? 1 : 0;
    const token = { activation: activation.id, fence: (activation.fence ?? 0) - stale, attempt: activation.attempt };
    const dice = random.number();
    const consumed = [{ version: 1, consumer: activation.node, status: 'applied' as const }];
    const did = {
      ...effects(dice < 0.3 ? { emits: [['poke', seed]] } : { state: [{ op: 'append', path: 'k', value: 1 }] }),
      consumed,
    };
    if (dice < 0.6) return { type: 'settle', ...token, outcome: { kind: 'done', output: dice, effects: did } };
    if (dice < 0.8) {
      const pause = {
        type: 'ask',
        payload: null,
        resumeTo: 'next' as const,
        maxResumes: 1,
        ...(dice < 0.7 ? { expiresIn: 4_000, onExpiry: { value: 1 } } : {}),
      };
      return { type: 'settle', ...token, outcome: { kind: 'paused', pause, effects: did } };
    }
    const error = { name: 'Error', message: 'm' };
    return { type: 'settle', ...token, outcome: { kind: 'failed', error, fatal: dice > 0.99, entropy: dice } };
  };

  const makers: readonly (() => FlowEvent | undefined)[] = [
    () => ({
      type: 'claim',
      session: `w${Math.floor(random.number() * 4)}`,
      until: run.now + LEASE,
      reclaimBefore: run.now - SKEW,
      limit: 1 + Math.floor(random.number() * 3),
      deliver: Math.floor(random.number() * 2),
      solo: random.number() < 0.5,
    }),
    settle,
    settle,
    settle,
    () => ({ type: 'signal', id: `s${Math.floor(random.number() * 8)}`, name: 'poke', value: 1 }),
    () => ({ type: 'intervene', id: `i${Math.floor(random.number() * 8)}`, payload: Math.floor(random.number() * 2) }),
    () => {
      const interrupt = pick(interrupts);
      const requestId = `r${Math.floor(random.number() * 2)}`;
      return interrupt ? { type: 'resume', interrupt, requestId, value: 1, valueHash: digest(1) } : undefined;
    },
    () => ({ type: 'tick' }),
    () => ({ type: 'heartbeat', session: `w${Math.floor(random.number() * 4)}`, until: run.now + LEASE }),
    () => {
      const lease = pick(run.head.leases);
      const started = run.head.activations.filter(() => random.number() < 0.5).map(({ id }) => id);
      return lease && random.number() < 0.3 ? { type: 'release', session: lease.session, started } : undefined;
    },
    () => (random.number() < 0.05 ? { type: 'close', pendingInterrupts: 'reject' } : undefined),
    () => (random.number() < 0.02 ? { type: 'close', pendingInterrupts: 'cancel' } : undefined),
  ];

  for (let step = 0; step < 120; step += 1) {
    run.now += pick([0, 1, 100, 700, 5_000, random.number() < 0.2 ? LEASE + SKEW + 1 : 0]) ?? 0;
    const event = pick(makers)?.();
    if (!event) continue;
    const before = run.head;
    const { kind } = run.apply(event);
    const key = `${event.type} ${kind}`;
    events[key] = (events[key] ?? 0) + 1;
    for (const { id } of run.head.interrupts) if (!interrupts.includes(id)) interrupts.push(id);
    assertInterventions(before, run.head);
    if (run.head.lifecycle === 'closed') assert.equal(run.head.leases.length, 0);
  }
  return { events, trace: digest(JSON.parse(JSON.stringify(run.head))) };
}

/** Interventions are numbered, consumed ones stay consumed, and none is pending after the close. */
function assertInterventions({ interventions: before = [] }: Head, { interventions: after = [], lifecycle }: Head) {
  assert.deepEqual(
    after.map(({ version }) => version),
    after.map((_, index) => index + 1),
  );
  for (const [index, { status, insertedBy }] of before.entries()) {
    if (status !== 'pending')
      assert.deepEqual({ status: after[index]?.status, insertedBy: after[index]?.insertedBy }, { status, insertedBy });
  }
  if (lifecycle === 'closed') assert.ok(after.every(({ status }) => status !== 'pending'));
}

describe('any history', () => {
  it('keeps heads valid and applies no event twice', () => {
    const seen: Record<string, number> = {};
    for (let seed = 1; seed <= 150; seed += 1) {
      for (const [key, count] of Object.entries(walk(seed).events)) seen[key] = (seen[key] ?? 0) + count;
    }
    const needed = [
      'claim applied',
      'settle applied',
      'settle refused',
      'signal accepted',
      'signal duplicate',
      'signal ignored',
      'intervene accepted',
      'intervene duplicate',
      'intervene mismatch',
      'intervene ignored',
      'resume accepted',
      'resume duplicate',
      'resume conflict',
      'resume gone',
      'tick applied',
      'heartbeat applied',
      'heartbeat refused',
      'release applied',
      'close applied',
      'close pendingInterrupts',
    ];
    assert.deepEqual(
      needed.filter((key) => (seen[key] ?? 0) < 5),
      [],
      JSON.stringify(seen),
    );
  });

  it('gives the same head in a replay', () => {
    for (const seed of [7, 70, 77]) assert.equal(walk(seed).trace, walk(seed).trace);
  });
});

describe('a long loop', () => {
  it('has the same head size after 10,000 turns as after 10', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('again').to('turn', pass);
    const run = new Run(flow, null, { autoClose: true });
    run.claim();
    run.done('begin', null, { emits: [['again', 0]] });
    run.claim();
    let { head, now } = run;
    const sizes: number[] = [];
    for (let turn = 1; turn <= 10_000; turn += 1) {
      now += 10;
      run.head = head;
      const claimed = run.reduce([
        { type: 'claim', session: 'w', until: now, reclaimBefore: 0, limit: 9, deliver: 1, solo: true },
      ]);
      const [activation] = claimed.head.activations;
      assert.ok(activation?.fence);
      run.head = claimed.head;
      const outcome = { kind: 'done', output: turn, effects: effects({ emits: [['again', turn]] }) } as const;
      const token = { activation: activation.id, fence: activation.fence, attempt: activation.attempt };
      head = run.reduce([
        // As the worker's history is stored.
        { type: 'recorded', seqs: seqsOf(run.head.history) },
        { type: 'settle', ...token, outcome },
        { type: 'claim', session: 'w', until: now, reclaimBefore: 0, limit: 9, deliver: 0, solo: true },
      ]).head;
      sizes.push(bytesOf(head));
    }
    assert.equal(head.activations.length, 0);
    const counters = 20;
    assert.ok((sizes[9_999] ?? 0) <= (sizes[9] ?? 0) + counters, `${sizes[9]} grew to ${sizes[9_999]} bytes`);
  });
});
