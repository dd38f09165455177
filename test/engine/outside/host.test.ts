import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { begin } from '../../../lib/engine/reduce.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function listening() {
  const flow = defineFlow({ name: 'listening' });
  flow.to('a', (ctx) => ctx.pauseFor({ type: 'wait', payload: null }));
  flow.when({ state: 'k' }).to('heard', pass);
  flow.when(['x', 'y']).to('both', pass);
  return flow;
}

const birth = {
  id: 'e',
  inc: 'i',
  flow: 'listening',
  fingerprint: 'f',
  options: { autoClose: true, autoCloseTimeout: 0, defaults: {} },
};

describe('created executions', () => {
  it('are idle and do not close automatically before their start', () => {
    const { graph } = listening();
    const { head } = begin(graph, { type: 'create', ...birth }, 1_000);
    assert.deepEqual(
      { unstarted: head.unstarted, activations: head.activations, lifecycle: head.lifecycle },
      { unstarted: true, activations: [], lifecycle: 'open' },
    );
    assert.equal(statusOf(head, graph), 'created');
    const run = new Run(listening());
    run.head = head;
    run.now = 10_000_000;
    run.tick();
    assert.equal(run.head.lifecycle, 'open');
    const start = { type: 'start', ...birth, input: 1 } as const;
    assert.equal(run.apply(start).kind, 'applied');
    assert.deepEqual(
      run.head.activations.map(({ node }) => node),
      ['a'],
    );
    assert.equal(run.apply(start).kind, 'already');
    assert.equal(run.apply({ ...start, input: 2 }).kind, 'already');
  });

  it('can close as completed without a start, and cannot start afterwards', () => {
    const run = new Run(listening());
    run.head = begin(listening().graph, { type: 'create', ...birth }, run.now).head;
    run.close('reject');
    assert.deepEqual({ lifecycle: run.head.lifecycle, state: run.head.state }, { lifecycle: 'closed', state: {} });
    assert.equal(run.apply({ type: 'start', ...birth, input: 1 }).kind, 'ignored');
  });
});

describe('host writes', () => {
  const set = (id: string, value: unknown) =>
    ({ type: 'write', id, operation: { op: 'set', path: 'k', value: value as never } }) as const;

  it('are applied once by id and start their listeners', () => {
    const run = new Run(listening());
    assert.equal(run.apply(set('1', 'v')).kind, 'accepted');
    assert.equal(run.apply(set('1', 'v')).kind, 'duplicate');
    assert.equal(run.apply(set('1', 'w')).kind, 'mismatch');
    assert.deepEqual(run.head.state, { k: { v: 'v' } });
    assert.deepEqual(run.head.activations.filter(({ node }) => node === 'heard').length, 1);
  });

  it('change nothing when invalid or after the close', () => {
    const run = new Run(listening());
    run.apply(set('1', 'text'));
    const through = { type: 'write', id: '2', operation: { op: 'set', path: 'k.deep', value: 1 } } as const;
    assert.equal(run.apply(through).kind, 'refused');
    assert.deepEqual(run.head.state, { k: { v: 'text' } });
    run.apply({ type: 'seal', sealed: true });
    assert.equal(run.apply(set('3', 'late')).kind, 'ignored');
    assert.deepEqual(run.head.state, { k: { v: 'text' } });
  });
});

describe('correlation', () => {
  it('joins only signals with the same correlation', () => {
    const run = new Run(listening());
    const signal = (id: string, name: string, correlation?: string) =>
      run.apply({ type: 'signal', id, name, value: id, ...(correlation === undefined ? {} : { correlation }) });
    const fired = () => run.head.activations.filter(({ node }) => node === 'both').map(({ input }) => input);
    signal('1', 'x', 'order-7');
    signal('2', 'y', 'order-8');
    signal('3', 'y');
    assert.deepEqual(fired(), []);
    signal('4', 'y', 'order-7');
    assert.deepEqual(fired(), [{ of: { x: { v: '1' }, y: { v: '4' } } }]);
  });
});

describe('the exclusive lease of a host', () => {
  const claimAs = (run: Run, owner: string, mark: string, ttl = 1_000) =>
    run.apply({ type: 'hostClaim', owner, mark, until: run.now + ttl }).kind;

  it('keeps workers and other hosts out until it ends', () => {
    const run = new Run(listening());
    assert.equal(claimAs(run, 'w1', 'm1'), 'applied');
    assert.equal(claimAs(run, 'w1', 'm1'), 'already');
    assert.equal(claimAs(run, 'w2', 'm2'), 'refused');
    assert.deepEqual(run.claim(), []);
    assert.deepEqual(run.head.leases, []);
    run.now += 1_000;
    assert.deepEqual(run.claim(), ['a']);
    assert.equal(run.head.hostLease, undefined);
  });

  it('is refused while a worker holds work', () => {
    const run = new Run(listening());
    run.claim();
    assert.equal(claimAs(run, 'w1', 'm1'), 'refused');
    run.pauses('a');
    run.claim();
    assert.equal(claimAs(run, 'w1', 'm1'), 'applied');
  });

  it('raises the fence, so the previous host can neither renew it nor answer', () => {
    const run = new Run(listening());
    run.claim();
    run.pauses('a');
    run.claim();
    const [{ id } = { id: '' }] = run.head.interrupts;
    const resume = (host: number) =>
      run.apply({ type: 'resume', interrupt: id, requestId: 'r', value: 1, valueHash: 'h', host });
    claimAs(run, 'w1', 'm1');
    const first = run.head.hostLease?.fence ?? 0;
    run.now += 1_000;
    const before = run.head;
    assert.equal(resume(first).kind, 'leaseExpired');
    assert.equal(run.apply({ type: 'hostRenew', fence: first, until: run.now + 1 }).kind, 'refused');
    assert.deepEqual(run.head, before);
    claimAs(run, 'w2', 'm2');
    assert.equal(resume(first).kind, 'leaseExpired');
    assert.equal(resume(run.head.hostLease?.fence ?? 0).kind, 'accepted');
  });
});

describe('the cap', () => {
  it('can be changed on a running execution', () => {
    const run = new Run(listening());
    assert.equal(run.apply({ type: 'concurrency', limit: 1 }).kind, 'applied');
    assert.equal(run.apply({ type: 'concurrency', limit: 1 }).kind, 'already');
    run.apply({ type: 'signal', id: '1', name: 'x', value: 1 });
    run.apply({ type: 'signal', id: '2', name: 'y', value: 1 });
    assert.equal(run.claim().length, 1);
    assert.equal(run.apply({ type: 'concurrency', limit: null }).kind, 'applied');
    assert.equal(run.claim().length, 2);
  });
});
