import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashId } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { type Did, effects, pass, Run } from '../support.ts';

const RETRY = { defaults: { retry: { maxAttempts: 2, jitter: 0 } } } as const;

/** The chunk `a`, which asks a question, and the cascade of a signal. */
function asking() {
  const flow = defineFlow({ name: 'asking', ...RETRY });
  flow.to('a', pass).to('b', pass);
  flow.when('told').to('hear', pass);
  flow.when('go').batch([flow.chunk('c', pass), flow.chunk('d', pass)]);
  const run = new Run(flow);
  run.claim();
  return run;
}

/** @returns the id of the interrupt */
function ask(run: Run, approval = 'q1', did: Did = {}, node = 'a'): string {
  const pause = { type: 'policy_approval', payload: null, resumeTo: 'self', maxResumes: null, approval } as const;
  assert.equal(run.settle(node, { kind: 'paused', pause, effects: effects(did) }).kind, 'applied');
  return run.head.interrupts.at(-1)?.id ?? '';
}

function emits(run: Run, ordinal: number) {
  const { id, fence = -1, attempt } = run.at('a');
  const emit = { emits: { signal: 'go', value: null }, effects: effects(), hash: 'h', point: { name: 'go' } };
  run.apply({ type: 'emit', activation: id, fence, attempt, ordinal, ...emit });
}

describe('an attempt that asks', () => {
  it('keeps only the question and continues as the same activation', () => {
    const run = asking();
    const { id } = run.at('a');
    const interrupt = ask(run, 'q1', { state: [{ op: 'increment', path: 'n', by: 1 }], emits: [['told', null]] });
    assert.deepEqual(
      { state: run.head.state, signals: run.head.signals, nodes: run.nodes() },
      { state: {}, signals: [], nodes: [] },
    );
    run.resume(interrupt, { approved: true });
    const { attempt, resume } = run.at('a');
    assert.deepEqual({ id: run.at('a').id, attempt, approval: resume?.approval }, { id, attempt: 1, approval: 'q1' });
    run.claim();
    run.done('a', null, { state: [{ op: 'increment', path: 'n', by: 1 }] });
    assert.deepEqual({ state: run.head.state, nodes: run.nodes() }, { state: { n: { v: 1 } }, nodes: ['b'] });
  });

  it('waits for each question under its own id, announced and streamed separately', () => {
    const run = asking();
    const first = ask(run, 'q1');
    run.resume(first, 'one');
    run.claim();
    const second = ask(run, 'q2');
    assert.notEqual(first, second);
    assert.equal(run.resume(first, 'two', 'r2').kind, 'conflict');
    const rows = run.head.outbox.map(({ id }) => id);
    assert.equal(rows.length, 5, 'two questions announced and streamed, one answer streamed');
    assert.equal(new Set(rows).size, 5);
    run.resume(second, 'two', 'r2');
    assert.deepEqual(run.at('a').resume?.decided, { q1: { v: 'one' }, q2: { v: 'two' } });
  });

  it('refuses a late settle, also of the same session', () => {
    const run = asking();
    const { id, fence = -1, attempt } = run.at('a');
    run.claimEvent('w');
    const interrupt = ask(run);
    const late = { type: 'settle', activation: id, fence, attempt } as const;
    const outcome = { kind: 'done', output: null, effects: effects() } as const;
    assert.equal(run.apply({ ...late, outcome }).kind, 'already');
    run.resume(interrupt, null);
    assert.equal(run.apply({ ...late, outcome }).kind, 'refused');
    run.claim('w');
    assert.deepEqual(
      { fence: run.at('a').fence, attempt: run.at('a').attempt },
      { fence, attempt: 2 },
      'the session and its fence are the same',
    );
    assert.equal(run.apply({ ...late, outcome }).kind, 'refused');
    assert.deepEqual(run.nodes(), ['a']);
  });

  it('counts for neither the attempt limit nor the retry delay', () => {
    const run = asking();
    for (const question of ['q1', 'q2', 'q3']) {
      run.resume(ask(run, question), null, question);
      run.claim();
    }
    run.fails('a');
    assert.equal((run.at('a').dueAt ?? 0) - run.now, 1_000, 'as after a first attempt');
    run.now += 1_000;
    run.claim();
    run.resume(ask(run, 'q4'), null, 'r4');
    run.claim();
    run.fails('a');
    assert.deepEqual(
      { chunk: run.head.failure?.chunk, attempt: run.head.failure?.attempt },
      { chunk: 'a', attempt: 6 },
    );
    run.apply({ type: 'redrive', id: 'again' });
    run.claim('v');
    run.fails('a');
    assert.equal(run.head.failure, undefined, 'a redrive starts with fresh attempts');
  });

  it('counts a worker that died after the answer', () => {
    const run = asking();
    run.resume(ask(run), null);
    for (const session of ['v1', 'v2']) {
      assert.deepEqual(run.claim(session), ['a']);
      run.now += 60_000;
    }
    run.claim('v3');
    assert.deepEqual(
      { code: run.head.failure?.code, attempt: run.head.failure?.attempt },
      { code: 'poison', attempt: 3 },
    );
  });

  it('keeps its awaited emits until they end', () => {
    const run = asking();
    emits(run, 3);
    run.claim();
    run.done('signal:go>batch/c');
    run.fails('signal:go>batch/d', { fatal: true });
    const interrupt = ask(run);
    assert.deepEqual(
      Object.values(run.head.cascades).map(({ failure, failedAt }) => [failure?.chunk, failedAt]),
      [['d', 3]],
    );
    const tolerated = () => run.head.tolerated;
    assert.equal(tolerated(), undefined, 'the attempt with the answer can still fail by it');
    run.resume(interrupt, null);
    assert.deepEqual(run.at('a').ops, { n: 3, h: 'h', points: [{ n: 3, name: 'go' }] });
    run.claim();
    run.done('a');
    assert.deepEqual(
      { cascades: run.head.cascades, frames: run.head.frames, nodes: run.nodes() },
      { cascades: {}, frames: {}, nodes: ['b'] },
    );
    assert.deepEqual(
      tolerated()?.map(({ chunk, how }) => [chunk, how]),
      [['d', 'caught']],
    );
  });

  it('receives failures of its awaited emits while the question is pending', () => {
    const run = asking();
    emits(run, 3);
    run.claim();
    const waiting = run.pauses('signal:go>batch/c', { expiresIn: 1_000 });
    run.done('signal:go>batch/d');
    const interrupt = ask(run);
    run.now += 1_000;
    run.tick();
    assert.notEqual(waiting, interrupt);
    const [cascade] = Object.values(run.head.cascades);
    assert.deepEqual(
      { code: cascade?.failure?.code, failedAt: cascade?.failedAt },
      { code: 'interrupt_expired', failedAt: 3 },
    );
    assert.equal(run.head.failure, undefined);
  });

  it('ends with its question, failed awaited emits included', () => {
    const run = asking();
    emits(run, 1);
    run.claim();
    run.done('signal:go>batch/c');
    run.fails('signal:go>batch/d', { fatal: true });
    ask(run);
    run.close('cancel');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, interrupts: run.head.interrupts, cascades: run.head.cascades },
      { lifecycle: 'closed', interrupts: [], cascades: {} },
    );
    assert.deepEqual({ nodes: run.nodes(), frames: run.head.frames }, { nodes: [], frames: {} });
  });

  it('ends with its item', () => {
    const flow = defineFlow({ name: 'items', defaults: { retry: { maxAttempts: 1 } } });
    flow
      .forEach((item) => item.batch([flow.chunk('a', pass), flow.chunk('x', pass)]), { onItemError: 'collect' })
      .to('b', pass);
    flow.when('go').to('c', pass);
    const run = new Run(flow, [1]);
    run.claim();
    const [a, x] = run.nodes();
    assert.ok(a !== undefined && x !== undefined);
    const { id, fence = -1, attempt } = run.at(a);
    const emit = { emits: { signal: 'go', value: null }, effects: effects(), hash: 'h', point: { name: 'go' } };
    run.apply({ type: 'emit', activation: id, fence, attempt, ordinal: 1, ...emit });
    run.claim();
    run.fails('c', { fatal: true });
    ask(run, 'q1', {}, a);
    run.fails(x);
    assert.deepEqual(
      { interrupts: run.head.interrupts, cascades: run.head.cascades, nodes: run.nodes() },
      { interrupts: [], cascades: {}, nodes: ['b'] },
    );
  });

  it('receives the answer to its own pause after a question', () => {
    const run = asking();
    const pause = { type: 'word', payload: null, resumeTo: 'self', maxResumes: 1 } as const;
    run.settle('a', { kind: 'paused', pause, effects: effects() });
    run.resume(run.head.interrupts[0]?.id ?? '', 'hi', 'own');
    run.claim();
    const { id } = run.at('a');
    run.resume(ask(run), null);
    const { resume } = run.at('a');
    assert.deepEqual(
      { id: run.at('a').id, value: resume?.value, requestId: resume?.requestId, approval: resume?.approval },
      { id, value: { v: 'hi' }, requestId: 'own', approval: undefined },
    );
    run.claim();
    run.settle('a', { kind: 'paused', pause, effects: effects() });
    assert.equal(run.head.failure?.code, 'resume_limit', 'the question does not count for maxResumes');
  });

  it('continues under a new id if an older version asked', () => {
    const run = asking();
    const { id } = run.at('a');
    ask(run);
    const [wait] = run.head.interrupts;
    assert.ok(wait?.resumeTo && 'self' in wait.resumeTo);
    wait.id = hashId(run.head.id, id, 'interrupt');
    delete wait.resumeTo.self.asker;
    run.resume(wait.id, { approved: true });
    const { attempt, resume, asked } = run.at('a');
    assert.deepEqual(
      { id: run.at('a').id, attempt, asked },
      { id: hashId(run.head.id, id, 'resume', 1), attempt: 0, asked: undefined },
    );
    assert.deepEqual(resume?.decided, { q1: { v: { approved: true } } });
  });
});
