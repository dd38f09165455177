import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import type { Json } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, pass, Run } from '../support.ts';

const ITEM = '>forEach/item';
const collect = { onItemError: 'collect' } as const;

/** Items with two branches: `emits` and `bad`. */
function forked(flow: ReturnType<typeof defineFlow>) {
  flow
    .forEach((item) => {
      const begin = item.to('begin', pass);
      begin.to('emits', pass);
      return begin.to('bad', pass);
    }, collect)
    .to('end', pass);
  return flow;
}

function beginAll(run: Run, items: number): void {
  run.claim();
  for (let i = 0; i < items; i += 1) run.done(`${ITEM}/begin`, i);
  run.claim();
}

function emits(run: Run, signal: string, value: Json = 1): void {
  run.awaitsEmit(`${ITEM}/emits`, signal, value);
}

describe('work accepted before an item failed', () => {
  it('keeps its queued signals, which start their listeners', () => {
    const flow = defineFlow({ name: 'queued' });
    flow.forEach((item) => item.to('tells', pass).to('bad', pass), collect).to('end', pass);
    flow.when('told').to('hear', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.done(`${ITEM}/tells`, 1, { emits: [['told', 1]] });
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.deepEqual({ signalCount: run.head.signals.length, nodes: run.nodes() }, { signalCount: 1, nodes: ['end'] });
    run.claim('v', { deliver: 1 });
    assert.deepEqual(run.nodes(), ['end', 'hear']);
  });

  it('continues where a fork of the item awaited it; a failure there fails the execution', () => {
    const flow = forked(defineFlow({ name: 'awaited' }));
    flow.when('work').to('long', pass).to('next', pass);
    const run = new Run(flow, [1]);
    beginAll(run, 1);
    emits(run, 'work');
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.deepEqual(run.nodes(), ['long', 'end'], 'the fork ends, its emit does not');
    run.done('long');
    run.claim();
    run.fails('next', { fatal: true });
    assert.equal(run.head.failure?.chunk, 'next');
  });

  it('fails the execution if its failure had not been reported to a chunk', () => {
    const flow = forked(defineFlow({ name: 'unheard' }));
    flow.when('work').to('long', pass);
    const run = new Run(flow, [1]);
    beginAll(run, 1);
    emits(run, 'work');
    run.claim();
    run.fails('long', { fatal: true });
    const failed = () => run.head.failure?.chunk;
    assert.equal(failed(), undefined, 'the failure goes to the fork');
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.equal(failed(), 'long');
  });

  it('keeps its waits and lists outside the body; those in the body end', () => {
    const flow = forked(defineFlow({ name: 'waits' }));
    flow
      .when('work')
      .forEach((each) => each.to('ask', pass))
      .to('after', pass);
    const run = new Run(flow, [1]);
    beginAll(run, 1);
    emits(run, 'work', [7, 8]);
    run.claim();
    const [listener = ''] = run.nodes().filter((node) => node.endsWith('/ask'));
    const wait = run.pauses(listener);
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.deepEqual(
      run.head.interrupts.map(({ id }) => id),
      [wait],
    );
    run.resume(wait, 'yes');
    run.done(listener, 8);
    assert.ok(run.nodes().includes('after'), 'the list is complete');
  });

  it('fills joins of listeners; a join that only the body could fill ends without a report', () => {
    const flow = defineFlow({ name: 'joins' });
    flow.forEach((item) => item.to('tells', pass).to('bad', pass).to('never', pass), collect).to('end', pass);
    flow.when(['a', 'b']).to('both', pass);
    flow.when(['a', 'c']).to('half', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.done(`${ITEM}/tells`, 1, {
      emits: [
        ['a', 1],
        ['b', 2],
      ],
    });
    run.claim('v', { deliver: 1 });
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    run.claim('u', { deliver: 1 });
    assert.ok(run.nodes().includes('both'), run.nodes().join());
    run.done('end');
    run.done('both');
    assert.deepEqual({ joins: run.head.joins, frames: run.head.frames }, { joins: [], frames: {} });
    assert.equal(statusOf(run.head, run.graph), 'idle');
  });

  it('fails the execution when a listener fails', () => {
    const flow = forked(defineFlow({ name: 'beside' }));
    flow.when('told').to('hear', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.done(`${ITEM}/begin`, 1, { emits: [['told', 1]] });
    run.claim('v', { deliver: 1 });
    run.fails('hear', { fatal: true });
    assert.equal(run.head.failure?.chunk, 'hear');
  });

  it('ends with the item only inside its body, side branches and sub-flows included', () => {
    const child = defineFlow({ name: 'child' });
    child.to('inner', pass);
    const flow = defineFlow({ name: 'body' });
    flow
      .forEach((item) => {
        item.sideBranch('aside', pass);
        item.subFlow(child);
        return item.to('bad', pass);
      }, collect)
      .to('end', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.deepEqual({ nodes: run.nodes(), frames: run.head.frames }, { nodes: ['end'], frames: {} });
  });

  it('is identified by graph position, not by node name', () => {
    const flow = defineFlow({ name: 'named' });
    flow.forEach((item) => item.to('tells', pass).to('bad', pass), collect).to('end', pass);
    flow.when('told').to('hear', pass);
    const rename = (id: string) => (id.startsWith(ITEM) ? id.slice(ITEM.length + 1) : id);
    const graph = JSON.parse(JSON.stringify(flow.graph), (key, value) => {
      if (key === 'node') return rename(value);
      if (key !== 'nodes') return value;
      return Object.fromEntries(Object.entries(value).map(([id, node]) => [rename(id), node]));
    });
    const run = new Run({ graph }, [1]);
    run.claim();
    run.done('tells', 1, { emits: [['told', 1]] });
    run.claim();
    run.fails('bad', { fatal: true });
    assert.deepEqual({ signalCount: run.head.signals.length, nodes: run.nodes() }, { signalCount: 1, nodes: ['end'] });
  });
});

describe('an item that delivers nothing', () => {
  const skipping = (options: typeof collect | object) => {
    const flow = defineFlow({ name: 'skips' });
    flow.forEach((item) => item.to(flow.chunk('bad', { onError: 'skip' }, pass)), options).to('end', pass);
    return new Run(flow, [1]);
  };

  it('counts as a failure where errors are collected', () => {
    const run = skipping(collect);
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    const { input } = run.at('end');
    assert.match(JSON.stringify(input), /"code":"no_output"/);
  });

  it('leaves its place unfilled otherwise', () => {
    const run = skipping({});
    run.claim();
    run.fails(`${ITEM}/bad`, { fatal: true });
    assert.deepEqual(run.nodes(), []);
  });

  it('counts as failed after an answered event wait and with an unfilled operator', () => {
    const flow = defineFlow({ name: 'empty' });
    const [a, b] = [flow.chunk('a', { onError: 'skip' }, pass), flow.chunk('b', pass)];
    flow.forEach((item) => item.batch([a, b]), collect).to('end', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.fails(`${ITEM}>batch/a`, { fatal: true });
    run.done(`${ITEM}>batch/b`);
    assert.match(JSON.stringify(run.at('end').input), /"code":"no_output"/);
    assert.deepEqual(run.head.frames, {}, 'the batch is no unfilled operator any more');

    const events = defineFlow({ name: 'events' });
    events.forEach((item) => item.to('ask', pass), collect).to('end', pass);
    const asked = new Run(events, [1]);
    asked.claim();
    const pause = { type: 'ask', payload: null, resumeTo: { event: 'go' }, maxResumes: 1 };
    asked.settle(`${ITEM}/ask`, { kind: 'paused', pause, effects: effects() });
    asked.resume(asked.head.interrupts[0]?.id ?? '', 1);
    assert.match(JSON.stringify(asked.at('end').input), /"code":"no_output"/);
  });

  it('passes its error to the item around it only when that item has no other work', () => {
    const flow = defineFlow({ name: 'nested' });
    flow
      .forEach(
        (outer) =>
          outer.forEach((item) => item.to(flow.chunk('bad', { onError: 'skip' }, pass)), collect).to('then', pass),
        collect,
      )
      .to('end', pass);
    const run = new Run(flow, [[1]]);
    run.claim();
    run.fails(`${ITEM}>forEach/item/bad`, { fatal: true });
    assert.deepEqual(run.nodes(), [`${ITEM}/then`]);
  });

  it('does not fill a list whose waits a close cancelled', () => {
    const flow = defineFlow({ name: 'closing' });
    flow.forEach((item) => item.to('ask', pass), collect).to('end', pass);
    const run = new Run(flow, [1]);
    run.claim();
    run.pauses(`${ITEM}/ask`);
    run.close('cancel');
    assert.deepEqual({ lifecycle: run.head.lifecycle, nodes: run.nodes() }, { lifecycle: 'closed', nodes: [] });
  });
});
