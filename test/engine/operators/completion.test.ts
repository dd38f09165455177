import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { tokenOf } from '../../../lib/engine/work/claims/attempt-token.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, pass, Run } from '../support.ts';

const WORK = '>forEach/item/work';
const end = 'end';

type Options = NonNullable<Parameters<ReturnType<typeof defineFlow>['forEach']>[1]>;

function listOf(options: object, items: readonly Json[]): Run {
  const flow = defineFlow({ name: 'list', defaults: { retry: { maxAttempts: 1 } } });
  flow.forEach((item) => item.to('work', pass), options as Options).to(end, pass);
  const run = new Run(flow, items);
  run.claim();
  return run;
}

function batchOf(completion: object): Run {
  const flow = defineFlow({ name: 'batch', defaults: { retry: { maxAttempts: 1 } } });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => flow.chunk(name, pass));
  assert.ok(a && b && c);
  flow.batch([a, b, c], { completion: completion as never }).to(end, pass);
  const run = new Run(flow, 1);
  run.claim();
  return run;
}

/** Ids of the running attempts of the items, in order. */
const tokens = (run: Run) => run.head.activations.filter(({ node }) => node === WORK).map(tokenOf);
const done = (run: Run, token: ReturnType<typeof tokenOf>, output: Json) =>
  run.apply({ type: 'settle', ...token, outcome: { kind: 'done', output, effects: effects() } });
const fails = (run: Run, token: ReturnType<typeof tokenOf>) =>
  run.apply({
    type: 'settle',
    ...token,
    outcome: { kind: 'failed', error: { name: 'Error', message: 'broken' }, fatal: true, entropy: 0 },
  });
const broken = { error: { name: 'Error', message: 'broken' } };
const failure = (run: Run) => run.head.failure;
const output = (run: Run): Json => run.input(end);

describe('completion of a list', () => {
  it('continues with the first outputs, in item order, and refuses later ones whole', () => {
    const run = listOf({ completion: { minSuccessful: 2 } }, ['a', 'b', 'c', 'd']);
    const [, b, c, d] = tokens(run);
    assert.ok(b && c && d);
    done(run, d, 'd');
    assert.equal(done(run, b, 'b').kind, 'applied');
    assert.deepEqual(output(run), [
      { index: 1, output: 'b' },
      { index: 3, output: 'd' },
    ]);
    assert.deepEqual(run.nodes(), [end], 'the other rows are gone');
    const late = {
      kind: 'done',
      output: 'c',
      effects: effects({ state: [{ op: 'set', path: 'late', value: 1 }] }),
    } as const;
    assert.equal(run.apply({ type: 'settle', ...c, outcome: late }).kind, 'already');
    assert.deepEqual(run.head.state, {}, 'an aborted attempt leaves nothing');
    assert.deepEqual(run.head.frames, {});
  });

  it('counts exactly one of two outputs that arrive together', () => {
    const run = listOf({ completion: { minSuccessful: 1 } }, ['a', 'b']);
    const [a, b] = tokens(run);
    assert.ok(a && b);
    const settle = (token: typeof a, value: Json) =>
      ({ type: 'settle', ...token, outcome: { kind: 'done', output: value, effects: effects() } }) as const;
    const { answers, head } = run.reduce([settle(b, 'b'), settle(a, 'a')]);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['applied', 'already'],
    );
    assert.equal(head.activations.filter(({ node }) => node === end).length, 1);
  });

  it('starts no further item', () => {
    const run = listOf({ concurrency: 1, completion: { minSuccessful: 1 } }, ['a', 'b', 'c']);
    run.done(WORK, 'a');
    assert.deepEqual(run.nodes(), [end]);
    run.claim();
    run.done(end);
    assert.equal(statusOf(run.head, run.graph), 'idle');
  });

  it('is complete at once without items, and by all where fewer are there than wanted', () => {
    assert.deepEqual(output(listOf({ completion: { minSuccessful: 2 } }, [])), []);
    const run = listOf({ completion: { minSuccessful: 5 } }, ['a']);
    run.done(WORK, 1);
    assert.deepEqual(output(run), [{ index: 0, output: 1 }]);
  });

  it('tolerates failures up to the number, and keeps the plain list', () => {
    const run = listOf({ completion: { toleratedFailureCount: 1 } }, ['a', 'b']);
    const [a, b] = tokens(run);
    assert.ok(a && b);
    fails(run, a);
    assert.equal(run.head.failure, undefined);
    done(run, b, 'b');
    assert.deepEqual(output(run), [broken, 'b']);
    assert.deepEqual(run.nodes(), [end], 'the tolerated failure is not kept any longer');
  });

  it('fails beyond it by the last error, withdraws nothing, and a redrive retries the failed items', () => {
    const run = listOf({ concurrency: 3, completion: { toleratedFailureCount: 1 } }, ['a', 'b', 'c', 'd']);
    const [a, b, c] = tokens(run);
    assert.ok(a && b && c);
    fails(run, a);
    fails(run, b);
    assert.equal(run.head.failure?.message, 'broken');
    done(run, c, 'c');
    assert.deepEqual(run.claim('v'), [], 'nothing starts in a failed execution');
    assert.equal(run.apply({ type: 'redrive', id: 'r1' }).kind, 'applied');
    assert.equal(run.head.failure, undefined);
    assert.deepEqual(run.claim('v').length, 3);
    for (const token of tokens(run)) done(run, token, token.activation === a.activation ? 'a' : 'x');
    assert.deepEqual(output(run), ['a', 'x', 'c', 'x']);
    assert.equal(run.head.sideFailure, undefined);
  });

  it('tolerates a share of the items', () => {
    const run = listOf({ completion: { toleratedFailurePercentage: 50 } }, ['a', 'b', 'c']);
    const [a, b] = tokens(run);
    assert.ok(a && b);
    fails(run, a);
    assert.equal(run.head.failure, undefined);
    fails(run, b);
    assert.ok(run.head.failure);
  });

  it('fails at once when the goal cannot be reached any more', () => {
    const run = listOf({ completion: { minSuccessful: 2, toleratedFailureCount: 9 } }, ['a', 'b', 'c']);
    const [a, b] = tokens(run);
    assert.ok(a && b);
    fails(run, a);
    assert.equal(failure(run), undefined);
    fails(run, b);
    assert.equal(failure(run)?.message, 'broken');
  });

  it('counts an item without output as a failure', () => {
    const flow = defineFlow({ name: 'silent', defaults: { retry: { maxAttempts: 1 } } });
    const skips = flow.chunk('skips', { onError: 'skip' }, pass);
    flow.forEach((item) => item.to(skips), { completion: { minSuccessful: 1 } }).to(end, pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.fails('>forEach/item/skips', { fatal: true });
    assert.equal(failure(run), undefined);
    run.fails('>forEach/item/skips', { fatal: true });
    assert.equal(failure(run)?.code, 'completion_unreachable');
    assert.equal(statusOf(run.head, run.graph), 'failed');
  });

  it('names what became of an item without output', () => {
    const flow = defineFlow({ name: 'named', defaults: { retry: { maxAttempts: 1 } } });
    const skips = flow.chunk('skips', { onError: 'skip' }, pass);
    flow.forEach((item) => item.to(skips), { completion: { toleratedFailureCount: 1 } }).to(end, pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.fails('>forEach/item/skips', { fatal: true });
    run.done('>forEach/item/skips', 'ok');
    assert.equal((output(run) as { error: { code: string } }[])[0]?.error.code, 'no_output');
  });

  it('withdraws waits: later answers are gone', () => {
    const run = listOf({ completion: { minSuccessful: 1 } }, ['a', 'b']);
    const wait = run.pauses(WORK);
    run.done(WORK, 'b');
    assert.deepEqual(run.head.interrupts, []);
    const answer = run.resume(wait, 'late');
    assert.ok(answer.kind === 'gone' && answer.entry.outcome === 'withdrawn');
    assert.deepEqual(run.nodes(), [end]);
  });

  it('withdraws in portions, and all waits at once', () => {
    const run = listOf({ completion: { minSuccessful: 1 } }, [1, 2, 3, 4]);
    const waits = [run.pauses(WORK), run.pauses(WORK), run.pauses(WORK)];
    run.portion = 1;
    run.done(WORK, 4);
    assert.deepEqual(run.nodes(), [end]);
    assert.equal(run.head.interrupts.length, 2);
    for (const wait of waits) {
      const answer = run.resume(wait, 'late');
      assert.ok(answer.kind === 'gone' && answer.entry.outcome === 'withdrawn');
    }
    run.portion = undefined;
    run.tick();
    assert.deepEqual([run.head.interrupts, run.head.endings], [[], undefined]);
  });

  it('leaves the forks of done items and accepted signals alone', () => {
    const flow = defineFlow({ name: 'forks' });
    flow
      .forEach(
        (item) => {
          const begin = item.to('begin', pass);
          begin.to('fork', pass);
          return begin.to('work', pass);
        },
        { completion: { minSuccessful: 1 } },
      )
      .to(end, pass);
    flow.when('told').to('hear', pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.done('>forEach/item/begin', 1, { emits: [['told', 1]] });
    run.done('>forEach/item/begin', 2, { emits: [['told', 2]] });
    run.claim();
    run.done(WORK, 1);
    assert.deepEqual([...run.nodes()].sort(), ['>forEach/item/fork', end]);
    assert.equal(run.head.signals.length, 2, 'accepted signals go on');
  });

  it('lets the rest run on, unobserved', () => {
    const run = listOf({ concurrency: 2, completion: { minSuccessful: 1, rest: 'goOn' } }, ['a', 'b', 'c']);
    run.done(WORK, 'a');
    assert.deepEqual(output(run), [{ index: 0, output: 'a' }]);
    run.claim();
    assert.deepEqual([...run.nodes()].sort(), [WORK, WORK, end]);
    run.fails(WORK, { fatal: true });
    assert.equal(run.head.failure, undefined, 'its failures are ignored');
    run.done(WORK, 'c');
    assert.deepEqual(run.nodes(), [end]);
    assert.deepEqual(run.head.frames, {});
  });

  it('continues when until holds, asked once per new set of results', () => {
    const flow = defineFlow({ name: 'until' });
    flow.forEach((item) => item.to('work', pass), { completion: { until: () => true } }).to(end, pass);
    const no = new Run(flow, [1, 2], {}, { '>forEach': -1 });
    no.claim();
    no.done(WORK, 1);
    assert.deepEqual(no.nodes(), [WORK]);
    no.done(WORK, 2);
    assert.equal((output(no) as Json[]).length, 2, 'without it the list ends with its items');
    const yes = new Run(flow, [1, 2], {}, { '>forEach': 0 });
    yes.claim();
    yes.done(WORK, 1);
    assert.deepEqual(output(yes), [{ index: 0, output: 1 }]);
    assert.deepEqual(yes.nodes(), [end]);
  });

  it('makes a slow until an attempt of its own, without a permit', () => {
    const flow = defineFlow({ name: 'slow' });
    flow.forEach((item) => item.to('work', pass), { completion: { until: () => true } }).to(end, pass);
    const run = new Run(flow, [1, 2], { concurrency: 1 });
    run.claim();
    run.done(WORK, 1);
    assert.deepEqual(run.claim(), [WORK, '>forEach']);
    run.decisions['>forEach'] = 0;
    run.done('>forEach');
    assert.deepEqual(run.nodes(), [end]);
  });
});

describe('completion of a batch', () => {
  it('continues with the keys that are done', () => {
    const run = batchOf({ minSuccessful: 2 });
    run.done('>batch/c', 3);
    run.done('>batch/a', 1);
    assert.deepEqual(output(run), { a: 1, c: 3 });
    assert.deepEqual(run.nodes(), [end]);
  });

  it('holds the error of a tolerated branch', () => {
    const run = batchOf({ toleratedFailureCount: 1 });
    run.done('>batch/a', 1);
    run.fails('>batch/b', { fatal: true });
    run.done('>batch/c', 3);
    assert.deepEqual(output(run), { a: 1, b: broken, c: 3 });
  });

  it('fails beyond it; a redrive retries every failed branch', () => {
    const run = batchOf({ toleratedFailureCount: 1 });
    run.fails('>batch/a', { fatal: true });
    run.fails('>batch/b', { fatal: true });
    run.done('>batch/c', 3);
    assert.equal(run.head.failure?.chunk, 'b');
    run.apply({ type: 'redrive', id: 'r1' });
    run.claim('v');
    run.done('>batch/a', 1);
    run.done('>batch/b', 2);
    assert.deepEqual(output(run), { a: 1, b: 2, c: 3 });
  });

  it('counts a branch that delivers nothing', () => {
    const flow = defineFlow({ name: 'silent', defaults: { retry: { maxAttempts: 1 } } });
    const skips = flow.chunk('skips', { onError: 'skip' }, pass);
    const other = flow.chunk('other', pass);
    flow.batch([skips, other], { completion: { toleratedFailureCount: 1 } }).to(end, pass);
    const run = new Run(flow, 1);
    run.claim();
    run.fails('>batch/skips', { fatal: true });
    run.done('>batch/other', 2);
    const result = output(run) as { skips: { error: { code: string } }; other: number };
    assert.deepEqual([result.skips.error.code, result.other], ['no_output', 2]);
  });

  it('fails when it can deliver too little', () => {
    const flow = defineFlow({ name: 'unreachable', defaults: { retry: { maxAttempts: 1 } } });
    const skips = flow.chunk('skips', { onError: 'skip' }, pass);
    const other = flow.chunk('other', pass);
    flow.batch([skips, other], { completion: { minSuccessful: 2 } }).to(end, pass);
    const run = new Run(flow, 1);
    run.claim();
    run.fails('>batch/skips', { fatal: true });
    assert.equal(run.head.failure?.code, 'completion_unreachable');
    run.done('>batch/other', 2);
    run.apply({ type: 'redrive', id: 'r1' });
    assert.equal(run.head.failure?.code, 'completion_unreachable', 'nothing else can be retried');
  });
});

describe('completion in another operator', () => {
  it('gives a failure beyond it to the list around it', () => {
    const flow = defineFlow({ name: 'nested', defaults: { retry: { maxAttempts: 1 } } });
    flow
      .forEach((outer) => outer.forEach((item) => item.to('work', pass), { completion: { minSuccessful: 2 } }), {
        onItemError: 'collect',
      })
      .to(end, pass);
    const run = new Run(flow, [[1, 2]]);
    run.claim();
    run.fails('>forEach/item>forEach/item/work', { fatal: true });
    assert.deepEqual(output(run), [broken]);
    assert.deepEqual(run.nodes(), [end]);
  });
});
