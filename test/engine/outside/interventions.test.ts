import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../lib/engine/events.ts';
import type { InterventionEntry } from '../../../lib/engine/head.ts';
import { hasPoints } from '../../../lib/engine/operators/intervention-point.ts';
import { refsOf } from '../../../lib/engine/values/value-refs.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, pass, Run } from '../support.ts';

interface About {
  readonly target?: string;
  readonly note?: string;
  readonly author?: string;
}

function add(run: Run, payload: Json, about: About = {}, id = `i-${JSON.stringify(payload)}`): Answer {
  return run.apply({ type: 'intervene', id, payload, ...about });
}

/** `version status by` of each row. */
function rows({ head }: Run): readonly string[] {
  return (head.interventions ?? []).map(
    ({ version, status, insertedBy = '-' }) => `${version} ${status} ${insertedBy}`,
  );
}

function entryOf(answer: Answer): InterventionEntry {
  assert.ok('entry' in answer && answer.entry.kind === 'intervention', answer.kind);
  return answer.entry;
}

/** ask → point(legal) → work → point → last */
function planned() {
  const flow = defineFlow({ name: 'planned' });
  flow
    .to('ask', pass)
    .interventionPoint('p1', { target: 'legal' })
    .to('work', pass)
    .interventionPoint('p2')
    .to('last', pass);
  return flow;
}

function started(options: { interventionMode?: 'planned' | 'auto' } = { interventionMode: 'planned' }) {
  const run = new Run(planned(), null, options);
  run.claim();
  return run;
}

describe('interventions', () => {
  it('are numbered in order and stay pending', () => {
    const run = started();
    assert.deepEqual({ a: entryOf(add(run, 'a')).version, b: entryOf(add(run, 'b')).version }, { a: 1, b: 2 });
    assert.deepEqual(rows(run), ['1 pending -', '2 pending -']);
    assert.deepEqual(run.nodes(), ['ask'], 'no chunk is started');
  });

  it('are consumed by the point of their target when the value passes', () => {
    const run = started();
    add(run, 'for-legal', { target: 'legal' });
    add(run, 'untargeted');
    add(run, 'other', { target: 'finance' });
    run.done('ask', 'go');
    assert.deepEqual(rows(run), ['1 inserted p1', '2 pending -', '3 pending -']);
    assert.deepEqual(
      { nodes: run.nodes(), inputOfWork: run.input('work') },
      { nodes: ['work'], inputOfWork: 'go' },
      'a point is no activation',
    );
    run.claim();
    run.done('work', 'on');
    assert.deepEqual(rows(run), ['1 inserted p1', '2 inserted p2', '3 pending -']);
    run.claim();
    run.done('last');
    run.close();
    assert.deepEqual(rows(run), ['1 inserted p1', '2 inserted p2', '3 expired -']);
  });

  it('are added once by id, also when the entry has left the head', () => {
    const run = started();
    const first = entryOf(add(run, 'x', { note: 'n', author: 'ann' }, 'same'));
    run.now += 1_000;
    const again = add(run, 'x', { note: 'n', author: 'bob' }, 'same');
    assert.deepEqual({ kind: again.kind, entry: entryOf(again) }, { kind: 'duplicate', entry: first });
    assert.equal(add(run, 'x', { note: 'n', target: 't' }, 'same').kind, 'mismatch');
    run.ledger.set('intervention:same', [first]);
    run.head = { ...run.head, ledger: [], spilled: 1 };
    assert.equal(add(run, 'x', { note: 'n' }, 'same').kind, 'duplicate');
    assert.equal(run.head.interventions?.length, 1);
    run.ledger.set('intervention:new', []);
    assert.equal(entryOf(add(run, 'y', {}, 'new')).version, 2);
  });

  it('are ignored while disabled, sealed or closed; a repeat is still a duplicate', () => {
    const off = started({});
    assert.deepEqual(
      { kind: add(off, 'x').kind, interventions: off.head.interventions },
      { kind: 'ignored', interventions: undefined },
    );
    const run = started();
    add(run, 'x');
    run.apply({ type: 'seal', sealed: true });
    assert.deepEqual({ y: add(run, 'y').kind, x: add(run, 'x').kind }, { y: 'ignored', x: 'duplicate' });
    run.apply({ type: 'seal', sealed: false });
    assert.equal(add(run, 'y').kind, 'accepted');
    run.apply({ type: 'cancel' });
    assert.equal(run.head.lifecycle, 'closed');
    assert.deepEqual({ z: add(run, 'z').kind, y: add(run, 'y').kind }, { z: 'ignored', y: 'duplicate' });
    assert.deepEqual(rows(run), ['1 expired -', '2 expired -']);
  });

  it('do not block a close', () => {
    const run = new Run(planned(), null, { interventionMode: 'planned', autoClose: true });
    run.claim();
    run.done('ask');
    run.claim();
    run.done('work');
    add(run, 'late');
    run.claim();
    run.done('last');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, rows: rows(run) },
      { lifecycle: 'closed', rows: ['1 expired -'] },
    );
  });

  it('are consumed in auto mode at the start of a chunk, targeted ones only by that chunk', () => {
    const flow = defineFlow({ name: 'auto' });
    flow.to('a', pass).to('b', pass);
    const run = new Run(flow, null, { interventionMode: 'auto' });
    add(run, 'for b', { target: 'b' });
    add(run, 'any');
    assert.deepEqual(rows(run), ['1 pending -', '2 pending -'], 'no chunk has started');
    run.claim();
    assert.deepEqual(rows(run), ['1 pending -', '2 inserted a']);
    run.done('a');
    add(run, 'more');
    run.claim();
    assert.deepEqual(rows(run), ['1 inserted b', '2 inserted a', '3 inserted b']);
  });

  it('are not consumed by points in other modes', () => {
    const run = started({});
    run.done('ask');
    assert.deepEqual(run.nodes(), ['work']);
  });

  it('are consumed in operator bodies and sub-flows', () => {
    const child = defineFlow({ name: 'child' });
    child.to('in', pass).interventionPoint('inner').to('out', pass);
    const flow = defineFlow({ name: 'outer' });
    flow.subFlow(child).to('after', pass);
    assert.deepEqual(
      { hasPointsOfFlow: hasPoints(flow.graph), hasPointsOfPlanned: hasPoints(planned().graph) },
      { hasPointsOfFlow: true, hasPointsOfPlanned: true },
    );
    assert.equal(hasPoints(defineFlow({ name: 'none' }).graph), false);
    const run = new Run(flow, null, { interventionMode: 'planned' });
    run.claim();
    add(run, 'x');
    run.done(run.nodes()[0] ?? '');
    assert.deepEqual(rows(run), ['1 inserted inner']);
  });

  it('record their consumers with the settle; the last note of each wins', () => {
    const run = started();
    add(run, 'x', { target: 'legal' });
    add(run, 'y', { target: 'legal' });
    run.done('ask');
    run.claim();
    const use = (consumer: string, status: 'applied' | 'ignored', note?: string) => ({
      version: 1,
      consumer,
      status,
      ...(note === undefined ? {} : { note }),
    });
    const consumed = [use('work', 'ignored'), use('work', 'applied', 'used'), use('__proto__', 'ignored')];
    run.settle('work', { kind: 'done', output: null, effects: { ...effects(), consumed } });
    const [first, second] = run.head.interventions ?? [];
    const at = run.now;
    assert.deepEqual(Object.entries(first?.consumers ?? {}), [
      ['work', { status: 'applied', note: 'used', at }],
      ['__proto__', { status: 'ignored', at }],
    ]);
    assert.deepEqual(
      { status: first?.status, consumers: second?.consumers },
      { status: 'inserted', consumers: undefined },
      'the intervention stays',
    );
  });

  it('are recorded with an awaited emit of their consumer', () => {
    const run = started();
    add(run, 'x', { target: 'legal' });
    run.done('ask');
    run.claim();
    const { id, fence = 0, attempt } = run.at('work');
    const consumed = [{ version: 1, consumer: 'work', status: 'applied' }] as const;
    const emits = { signal: 'unheard', value: null };
    const did = { ...effects(), consumed };
    run.apply({ type: 'emit', activation: id, fence, attempt, ordinal: 2, hash: 'h', effects: did, emits });
    assert.deepEqual(run.head.interventions?.[0]?.consumers, { work: { status: 'applied', at: run.now } });
  });

  it('store large payloads outside the head', () => {
    const run = started();
    add(run, 'x');
    const [row] = run.head.interventions ?? [];
    assert.ok(row);
    row.payload = { ref: 'r1' };
    assert.deepEqual([...refsOf(run.head)], ['r1']);
  });
});
