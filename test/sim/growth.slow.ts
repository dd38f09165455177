/** The head of a loop stays as small as after its first turns: completed work leaves no trace in it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effects, FlowEvent, Outcome } from '../../lib/engine/events.ts';
import type { Activation, Head } from '../../lib/engine/head.ts';
import { begin, reduce } from '../../lib/engine/reduce.ts';
import { pack } from '../../lib/engine/values/pack.ts';
import { heldBy, leaseOf } from '../../lib/engine/work/claims/leases.ts';

import { defineFlow } from '../../lib/index.ts';

const TURNS = 10_000;
const EARLY = 10;
/** Fences, revisions and counts have more digits at the end. */
const DIGITS = 40;

/** How an attempt of the chunk with this name ends. */
type Decide = (name: string, activation: Activation, loop: Loop) => Outcome;

/** Runs one execution turn by turn: all claimable work is claimed and settled, then outside events follow. */
class Loop {
  head: Head;
  now = 1_000_000;
  #ids = 0;
  readonly #flow: ReturnType<typeof defineFlow>;

  constructor(flow: ReturnType<typeof defineFlow>) {
    this.#flow = flow;
    // A worker removes the stubs of records that it has stored, which is no part of this loop.
    const options = { autoClose: false, autoCloseTimeout: null, defaults: {}, history: 'off' } as const;
    const start = { type: 'start', id: 'x', inc: 'i', flow: flow.name, fingerprint: 'f', input: 0, options } as const;
    this.head = begin(flow.graph, start, this.now).head;
  }

  apply(events: readonly FlowEvent[]): void {
    const decisions = new Map<string, readonly number[]>();
    let reduction = reduce(this.#flow.graph, this.head, events, this.now);
    while ([...reduction.missing.decisions].some((id) => !decisions.has(id))) {
      for (const id of reduction.missing.decisions) decisions.set(id, [0]);
      const ledger = new Map([...reduction.missing.ledger].map((key) => [key, []]));
      reduction = reduce(this.#flow.graph, this.head, events, this.now, { values: new Map(), ledger, decisions });
    }
    if (reduction.missing.ledger.size > 0) {
      const ledger = new Map([...reduction.missing.ledger].map((key) => [key, []]));
      reduction = reduce(this.#flow.graph, this.head, events, this.now, { values: new Map(), ledger, decisions });
    }
    const newId = (): string => {
      this.#ids += 1;
      return `r${this.#ids}`;
    };
    const options = { inlineBytes: 256, ledgerKept: 64, newId, known: new Map() };
    this.head = JSON.parse(JSON.stringify(pack(this.head, reduction.head, options).head)) as Head;
  }

  /** One session: claims, and settles its work in the commit of the next claim, until no work is left. */
  turn(number: number, decide: Decide): void {
    this.now += 5_000;
    const session = `s${number}`;
    const [until, reclaimBefore] = [this.now + 20_000, this.now - 2_000];
    const claim: FlowEvent = { type: 'claim', session, until, reclaimBefore, limit: 64, deliver: 8, solo: true };
    this.apply([{ type: 'tick' }, claim]);
    for (;;) {
      const lease = leaseOf(this.head, session);
      const held = lease ? heldBy(this.head, lease) : [];
      if (held.length === 0) return;
      const settles = held.map((activation): FlowEvent => {
        const { id, fence = -1, attempt, node } = activation;
        const outcome = decide(node.split('/').at(-1) ?? node, activation, this);
        return { type: 'settle', activation: id, fence, attempt, outcome };
      });
      this.apply([...settles, { type: 'clear', ids: this.head.outbox.map((row) => row.id) }, claim]);
    }
  }
}

function effects(...signals: readonly string[]): Effects {
  const state = [{ op: 'increment', path: 'turns', by: 1 }] as const;
  return { state, signals: signals.map((name) => ({ name, value: 1 })) };
}

const done = (...signals: readonly string[]): Outcome => ({ kind: 'done', output: 1, effects: effects(...signals) });
const list = (...items: readonly number[]): Outcome => ({ kind: 'done', output: items, effects: effects() });
const pass = ({ input }: { input: unknown }) => input;

function measure(flow: ReturnType<typeof defineFlow>, decide: Decide, outside?: (loop: Loop, turn: number) => void) {
  const loop = new Loop(flow);
  let early = 0;
  for (let turn = 1; turn <= TURNS; turn += 1) {
    loop.turn(turn, decide);
    outside?.(loop, turn);
    // The ledger fills up to its limit and is halved: heads are compared in the same phase.
    if (turn === EARLY) early = sizeOf(loop.head);
  }
  assert.ok(
    sizeOf(loop.head) <= early + DIGITS,
    `${early} bytes after ${EARLY} turns, ${sizeOf(loop.head)} in the end`,
  );
  const { activations, signals, interrupts, frames, joins, leases, outbox } = loop.head;
  const rows = [activations, signals, interrupts, joins, leases, outbox, Object.keys(frames)].map(
    (each) => each.length,
  );
  assert.ok(Math.max(...rows) <= 3, `rows ${rows.join()}`);
  return loop.head;
}

/** Without the ledger, which has its own bound. */
function sizeOf({ ledger, ...head }: Head): number {
  assert.ok(ledger.length <= 64);
  return JSON.stringify(head).length;
}

describe(`after ${TURNS} turns the head is as large as after ${EARLY}`, () => {
  it('in a loop of signals', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').to('again', pass);
    const head = measure(flow, () => done('round'));
    assert.deepEqual(head.state.turns, { v: TURNS });
  });

  it('in a loop through a batch and a match', () => {
    const flow = defineFlow({ name: 'loop' });
    const [x, y, last] = [flow.chunk('x', pass), flow.chunk('y', pass), flow.chunk('last', pass)];
    flow.to('begin', pass);
    flow
      .when('round')
      .batch([x, y])
      .match((m) => m.case(pass, (p) => p.to(last)));
    measure(flow, (name) => (name === 'begin' || name === 'last' ? done('round') : done()));
  });

  it('in a loop through a join', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when(['left', 'right']).to('pair', pass);
    measure(flow, () => done('left', 'right'));
  });

  it('in a loop of waits, answered and expired in turns', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').to('ask', pass).to('answered', pass);
    const wait = { resumeTo: 'next', maxResumes: 1, expiresIn: 4_000, onExpiry: { value: 1 } } as const;
    const pause = { type: 'ask', payload: null, ...wait };
    const head = measure(
      flow,
      (name) => (name === 'ask' ? { kind: 'paused', pause, effects: effects() } : done('round')),
      (loop, turn) => {
        const [wait] = loop.head.interrupts;
        if (!wait || turn % 2 === 0) return;
        loop.apply([{ type: 'resume', interrupt: wait.id, requestId: 'r', value: 1, valueHash: 'h' }]);
      },
    );
    assert.ok(head.spilled > 0);
  });

  it('under signals from outside', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('hit').to('seen', pass);
    flow.when(['hit', 'other']).to('pair', pass);
    const head = measure(
      flow,
      () => done(),
      (loop, turn) => {
        loop.apply([{ type: 'signal', id: `o${turn}`, name: turn % 3 === 0 ? 'other' : 'hit', value: turn % 10 }]);
      },
    );
    assert.ok(head.spilled > TURNS - 70);
  });

  it('with attempts that fail and are retried', () => {
    const flow = defineFlow({ name: 'loop', defaults: { retry: { maxAttempts: 5, initialDelay: 1_000 } } });
    flow.to('begin', pass);
    flow.when('round').to('again', pass);
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, fatal: false, entropy: 0 } as const;
    measure(flow, (_, { attempt }) => (attempt < 3 ? failure : done('round')));
  });

  it('with values outside the head', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').to('again', pass).to('next', pass);
    const state = [{ op: 'set', path: 'big', value: 'x'.repeat(400) }] as const;
    const signals = [{ name: 'round', value: 'y'.repeat(300) }];
    measure(flow, (name) => ({
      ...{ kind: 'done', output: 'z'.repeat(300) },
      effects: { state, signals: name === 'again' ? [] : signals },
    }));
  });

  it('in a loop through a list', () => {
    const flow = defineFlow({ name: 'loop' });
    const [body, last] = [flow.chunk('body', pass), flow.chunk('last', pass)];
    flow.to('begin', pass);
    flow
      .when('round')
      .to('split', () => [1, 2])
      .forEach((item) => item.to(body))
      .to(last);
    measure(flow, (name) => (name === 'split' ? list(1, 2) : name === 'body' ? done() : done('round')));
  });

  it('in a loop that restarts inside an operator', () => {
    const flow = defineFlow({ name: 'loop' });
    const [body, x, y] = [flow.chunk('body', pass), flow.chunk('x', pass), flow.chunk('y', pass)];
    flow.to('begin', pass);
    flow
      .when('round')
      .to('split', () => [1])
      .forEach((item) => item.to(body));
    flow.when('item').batch([x, y]);
    measure(flow, (name) => {
      if (name === 'split') return list(1);
      return name === 'body' ? done('item') : name === 'y' ? done() : done('round');
    });
  });

  it('in a loop through a sub-flow and in a loop inside one', () => {
    const child = defineFlow({ name: 'child' });
    child.to('inner', pass);
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').subFlow(child).to('last', pass);
    measure(flow, (name) => (name === 'inner' ? done() : done('round')));
    const turning = defineFlow({ name: 'child' });
    turning.to('inner', pass);
    turning.when('round').to('again', pass);
    const around = defineFlow({ name: 'loop' });
    around.to('begin', pass).subFlow(turning);
    measure(around, (name) => (name === 'begin' ? done() : done('round')));
  });

  it('in a loop beside and on a side branch', () => {
    for (const turning of ['aside', 'last']) {
      const flow = defineFlow({ name: 'loop' });
      const [aside, last] = [flow.chunk('aside', pass), flow.chunk('last', pass)];
      flow.to('begin', pass);
      flow.when('round').sideBranch(aside).to(last);
      measure(flow, (name) => (name === 'begin' || name === turning ? done('round') : done()));
    }
  });

  it('in a loop of sleeps', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').to('nap', pass).to('last', pass);
    measure(flow, (name, _, { now }) =>
      name === 'nap' ? { kind: 'slept', until: now + 4_000, effects: effects() } : done('round'),
    );
  });

  it('in a loop of awaited emits', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('round').to('asker', pass);
    flow.when('ask').to('answer', pass);
    measure(flow, (name, { id, fence = -1, attempt, ops }, loop) => {
      if (name === 'asker' && !ops) {
        const emits = { signal: 'ask', value: 1 };
        const accepted = { activation: id, fence, attempt, ordinal: 1, hash: 'h', effects: effects(), emits } as const;
        loop.apply([{ type: 'emit', ...accepted }]);
      }
      return name === 'answer' ? done() : done('round');
    });
  });

  it('in a loop of writes with a listener', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when({ state: 'turns' }).to('told', pass);
    const state = [{ op: 'increment', path: 'turns', by: 1, nowait: true }] as const;
    measure(flow, () => ({ kind: 'done', output: 1, effects: { state, signals: [] } }));
  });

  it('in a loop with a collection', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('a').to('left', pass).collect('pair', { branch: 'left', mode: 'reset' }).to('last', pass);
    flow.when('b').to('right', pass).collect('pair', { branch: 'right', mode: 'reset' });
    measure(flow, (name) => (name === 'begin' || name === 'last' ? done('a', 'b') : done()));
  });

  it('in a loop of failures that are handled or skipped', () => {
    const flow = defineFlow({ name: 'loop', defaults: { retry: { maxAttempts: 1 } } });
    const bad = flow.chunk('bad', { onError: flow.chunk('handler', pass) }, pass);
    const worse = flow.chunk('worse', { onError: 'skip' }, pass);
    flow.to('begin', pass);
    flow
      .when('round')
      .batch([bad, worse, flow.chunk('good', pass)])
      .to('last', pass);
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, fatal: true, entropy: 0 } as const;
    measure(flow, (name) => {
      if (name === 'bad' || name === 'worse') return failure;
      return name === 'begin' || name === 'last' ? done('round') : done();
    });
  });

  it('in a loop of answers that run the same chunk again', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    const pause = { type: 'ask', payload: null, resumeTo: 'self', maxResumes: null } as const;
    measure(
      flow,
      () => ({ kind: 'paused', pause, effects: effects() }),
      (loop, turn) => {
        const [wait] = loop.head.interrupts;
        assert.ok(wait);
        loop.apply([{ type: 'resume', interrupt: wait.id, requestId: `r${turn}`, value: 1, valueHash: 'h' }]);
      },
    );
  });
});
